/** An open loop: tenants submit on a schedule, whether what they sent before is answered or not; nodes run what they are given. */
import { instant } from '@pioche/kernel';
import type { Api } from '@pioche/platform/scenario/api';
import type { Assignment, Report } from '@pioche/platform/scenario/fleet';
import type { Platform } from './platform.js';

/** A tenant submits its next batch every so many ms, one tenant after the other. */
const SLOT_MS = 50;
/** How often the nodes look and report. */
const LOOK_MS = 100;
/** How long a job runs. */
const RUN_MS = 500;
const REPORTS = 1_000;
/** Requests that are under way at once; a submission beyond is not sent, and the rate is not held. */
const MOST_OPEN = 100;
const MOST_REPORTING = 4;
/** Thousandths of a GPU, in turn: about 0.2 GPUs each, so that 1,016 of them hold thousands of jobs. */
const SHARES = [100, 100, 250, 100, 100, 500, 100, 250, 100, 100];

const now = (): number => performance.timeOrigin + performance.now();

interface Batch { readonly items: readonly { readonly status: number; readonly id?: string; readonly problem?: unknown }[] }
interface Notice { readonly cursor: number; readonly complete: boolean; readonly assignments: readonly Assignment[] }
interface Due { readonly at: number; readonly report: Omit<Report, 'at'> & { readonly kind: 'started' | 'finished'; readonly job: string; readonly allocation: string } }

/** What has become of the load so far. */
export interface Counts {
  /** Jobs: due to be sent, answered, placed as the nodes know it, started, finished. */
  sent: number;
  submitted: number;
  placed: number;
  started: number;
  finished: number;
  refused: number;
  /** Not sent, for too many requests were open. */
  dropped: number;
}

export class Generator {
  readonly counts: Counts = { sent: 0, submitted: 0, placed: 0, started: 0, finished: 0, refused: 0, dropped: 0 };
  /** Milliseconds from when a batch was due to its answer. */
  readonly answered: number[] = [];
  /** Milliseconds that the generator itself was late. */
  readonly late: number[] = [];
  /** Some of the jobs, for those who look at what became of them. */
  readonly sampled: string[] = [];
  /** What was refused first. */
  problem: unknown;
  private cursor: number | undefined;
  private readonly known = new Set<string>();
  private due: Due[] = [];
  private open = 0;
  private reporting = 0;
  private slot = 0;
  private begun = 0;
  private stopped = false;
  private loops: Promise<unknown>[] = [];

  private constructor(
    private readonly platform: Platform,
    private readonly submitters: readonly Api[],
    private readonly gateway: Api,
    private readonly name: string,
  ) {}

  static async of(platform: Platform, name: string): Promise<Generator> {
    const submitters = await Promise.all(platform.world.tenants.map(({ id }) => platform.cast.submitter(id)));
    return new Generator(platform, submitters, await platform.cast.gateway(platform.world.site), name);
  }

  /** Submits `rate` jobs a second for so many seconds. @param sampledShare of the jobs, 0 … 1 */
  async run(rate: number, seconds: number, sampledShare: number): Promise<void> {
    this.begun = now();
    this.loops = [this.follow()];
    const slots = (seconds * 1000) / SLOT_MS;
    for (this.slot = 0; this.slot < slots; this.slot += 1) {
      const at = this.begun + this.slot * SLOT_MS;
      const wait = at - now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      this.late.push(now() - at);
      const upTo = (slot: number) => Math.floor((rate * slot * SLOT_MS) / 1000);
      void this.submit(upTo(this.slot), upTo(this.slot + 1), at, sampledShare);
    }
  }

  /** Lets all that was submitted end. @returns whether it has, within `patienceMs` */
  async drain(patienceMs: number): Promise<boolean> {
    const end = now() + patienceMs;
    const { counts } = this;
    const over = () => this.open === 0 && counts.finished >= counts.submitted;
    while (!over() && now() < end) await new Promise((resolve) => setTimeout(resolve, LOOK_MS / 4));
    this.stopped = true;
    await Promise.all(this.loops);
    return over();
  }

  private async submit(first: number, end: number, due: number, sampledShare: number): Promise<void> {
    const turn = this.slot % this.submitters.length;
    const [tenant, api] = [this.platform.world.tenants[turn], this.submitters[turn]];
    if (end <= first || !tenant || !api) return;
    this.counts.sent += end - first;
    if (this.open >= MOST_OPEN) {
      this.counts.dropped += end - first;
      return;
    }
    const { queue, projects } = this.platform.world;
    const items = Array.from({ length: end - first }, (_, i) => {
      const n = first + i;
      const project = tenant.key === 'lab' ? projects[n % projects.length] : undefined;
      return { idempotency_key: `${this.name}-${n}`, input: { queue, name: `load ${n}`, gpu_milli: SHARES[n % SHARES.length], time_limit_s: 600, ...(project !== undefined && { project }) } };
    });
    this.open += 1;
    try {
      api.now = instant(Date.now());
      const answer = await api.post<Batch>('scheduling', '/jobs:batch', '', { items });
      this.answered.push(now() - due);
      for (const { id, problem } of answer.items) {
        if (id === undefined) this.refuse(problem);
        else {
          this.counts.submitted += 1;
          if (Math.floor(this.counts.submitted * sampledShare) > Math.floor((this.counts.submitted - 1) * sampledShare)) this.sampled.push(id);
        }
      }
    } catch (error) {
      this.counts.dropped += end - first;
      this.problem ??= error;
    } finally {
      this.open -= 1;
    }
  }

  private refuse(problem: unknown): void {
    this.counts.refused += 1;
    this.problem ??= problem;
  }

  /** The nodes: they look, begin what is new to them, and report what is due. */
  private async follow(): Promise<void> {
    for (let next = now(); !this.stopped; next = Math.max(next + LOOK_MS, now())) {
      await new Promise((resolve) => setTimeout(resolve, next - now()));
      this.flush();
      this.gateway.now = instant(Date.now());
      const since = this.cursor === undefined ? '' : `&since=${this.cursor}`;
      const { cursor, assignments } = await this.gateway.get<Notice>('scheduling', `/agent/assignments?site=${this.platform.world.site}${since}`);
      this.cursor = cursor;
      for (const { allocation, job, placed_at, started_at } of assignments) {
        if (this.known.has(allocation) || started_at !== undefined) continue;
        this.known.add(allocation);
        // What an earlier trial has left is ended too, but is not of this one.
        if (placed_at >= instant(this.begun - 1_000)) this.counts.placed += 1;
        this.due.push({ at: now(), report: { kind: 'started', job, allocation } });
      }
      this.flush();
    }
  }

  private flush(): void {
    while (this.reporting < MOST_REPORTING) {
      const time = now();
      const ready: Due[] = [];
      const later: Due[] = [];
      for (const one of this.due) (one.at <= time && ready.length < REPORTS ? ready : later).push(one);
      if (ready.length === 0) return;
      this.due = later;
      void this.report(ready);
    }
  }

  /** A job's end is due when its start has been taken, so the two come in their order. */
  private async report(ready: readonly Due[]): Promise<void> {
    this.reporting += 1;
    const at = instant(Date.now());
    this.gateway.now = at;
    try {
      const { results } = await this.gateway.post<{ results: { status: string; problem?: unknown }[] }>('scheduling', '/agent/reports', '', { reports: ready.map(({ report }) => ({ ...report, at })) });
      for (const [index, { report }] of ready.entries()) {
        if (results[index]?.status === 'refused') this.refuse(results[index].problem);
        if (report.kind === 'started') {
          this.counts.started += 1;
          this.due.push({ at: now() + RUN_MS, report: { ...report, kind: 'finished' } });
        } else {
          this.counts.finished += 1;
          this.known.delete(report.allocation);
        }
      }
    } catch (error) {
      this.problem ??= error;
      this.due.push(...ready);
    } finally {
      this.reporting -= 1;
    }
  }
}
