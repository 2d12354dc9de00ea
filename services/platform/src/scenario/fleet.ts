/**
 * The nodes of the SuperPOD, simulated: this is the edge of the hardware that is not here. They fetch assignments,
 * start jobs, run them for as long as the trace says, finish them, save and stop when told, and report all of it.
 */
import { plusSeconds, secondsBetween, type Instant } from '@pioche/kernel';
import TinyQueue from 'tinyqueue';

/** What the agent API says of an allocation. */
export interface Assignment {
  readonly allocation: string;
  readonly job: string;
  readonly name: string;
  readonly tenant: string;
  readonly time_limit_s: number;
  readonly placements: readonly { readonly node: string; readonly gpus: readonly string[] }[];
  readonly placed_at: Instant;
  readonly started_at?: Instant;
  readonly stop_by?: Instant;
}

export interface FenceOrder {
  readonly fence: string;
  readonly tenant: string;
  readonly nodes: readonly string[];
}

export interface Assignments {
  readonly cursor: number;
  readonly assignments: readonly Assignment[];
  readonly ended: readonly string[];
  readonly fences: readonly FenceOrder[];
}

export type Report =
  | { readonly kind: 'started' | 'finished'; readonly job: string; readonly allocation: string; readonly at: Instant }
  | { readonly kind: 'stopped'; readonly job: string; readonly allocation: string; readonly at: Instant; readonly checkpoint?: number }
  | { readonly kind: 'failed'; readonly job: string; readonly allocation: string; readonly at: Instant; readonly reason: string }
  | { readonly kind: 'fence_acknowledged'; readonly fence: string; readonly node: string; readonly at: Instant };

/** Seconds from an assignment to the job's first instruction: image, mounts, processes. */
const START_UP_S = 12;
/** Seconds that a job takes to save its progress and to stop, if it is given them. */
const SAVE_S = 30;
/** Seconds that a node takes to obey a fence, at the least and at the most. */
const FENCE_S = { least: 2, most: 20 };

interface Running {
  readonly assignment: Assignment;
  readonly startedAt: Instant;
  /** Seconds that it has still to run. */
  readonly remaining: number;
  readonly endsAt: Instant;
}

export class Fleet {
  /** Position up to which the fleet knows its assignments; absent: it knows nothing yet. */
  cursor: number | undefined;
  private readonly running = new Map<string, Running>();
  private readonly ends = new TinyQueue<Running>([], (a, b) => (a.endsAt < b.endsAt ? -1 : a.endsAt > b.endsAt ? 1 : 0));
  private outbox: Report[] = [];
  private readonly acknowledged = new Set<string>();
  /** Allocations that have been told to stop, until they are over. */
  private readonly stopping = new Set<string>();
  /** Seconds that a job has run and saved, by its id. */
  private readonly saved = new Map<string, number>();

  /** @param durationOf seconds a job runs undisturbed, by its name */
  constructor(private readonly durationOf: (name: string) => number) {}

  /** Takes in what the agent API answered. A job that runs longer than its limit is stopped at the limit. */
  learn(answer: Assignments, now: Instant): void {
    this.cursor = answer.cursor;
    for (const allocation of answer.ended) {
      this.running.delete(allocation);
      this.stopping.delete(allocation);
    }
    for (const assignment of answer.assignments) {
      if (this.stopping.has(assignment.allocation)) continue;
      const running = this.running.get(assignment.allocation) ?? this.begin(assignment);
      if (assignment.stop_by !== undefined) this.stop(running, assignment.stop_by, now);
    }
    for (const order of answer.fences) this.obey(order, now);
  }

  /** Reports up to `now`, in the order in which it happened for each job. */
  reports(now: Instant): Report[] {
    for (let next = this.ends.peek(); next && next.endsAt <= now; next = this.ends.peek()) {
      this.ends.pop();
      if (this.running.get(next.assignment.allocation) === next) this.end(next);
    }
    const due = this.outbox.filter(({ at }) => at <= now);
    this.outbox = this.outbox.filter(({ at }) => at > now);
    return due;
  }

  /** Something other than its node ends a job that uses this GPU, if there is one. */
  interrupt(gpu: string, at: Instant, reason: string): void {
    for (const running of this.running.values()) {
      if (!running.assignment.placements.some(({ gpus }) => gpus.includes(gpu))) continue;
      this.running.delete(running.assignment.allocation);
      this.outbox.push({ kind: 'failed', job: running.assignment.job, allocation: running.assignment.allocation, at, reason });
    }
  }

  /** When the next job that was told to stop has stopped: it has to be reported in time. */
  nextStop(): Instant | undefined {
    return this.outbox.reduce<Instant | undefined>((least, { kind, at }) => (kind === 'stopped' && (least === undefined || at < least) ? at : least), undefined);
  }

  /** When the next report is due. */
  nextDue(): Instant | undefined {
    const waiting = this.outbox.reduce<Instant | undefined>((least, { at }) => (least === undefined || at < least ? at : least), undefined);
    const end = this.ends.peek()?.endsAt;
    return waiting === undefined || (end !== undefined && end < waiting) ? end : waiting;
  }

  private begin(assignment: Assignment): Running {
    const { job, allocation, name, time_limit_s: limit } = assignment;
    const startedAt = assignment.started_at ?? plusSeconds(assignment.placed_at, START_UP_S);
    const remaining = Math.max(0, this.durationOf(name) - (this.saved.get(job) ?? 0));
    const running = { assignment, startedAt, remaining, endsAt: plusSeconds(startedAt, Math.min(remaining, limit)) };
    this.running.set(allocation, running);
    this.ends.push(running);
    if (!assignment.started_at) this.outbox.push({ kind: 'started', job, allocation, at: startedAt });
    return running;
  }

  /** Saves and stops before it is stopped, unless it ends by itself before that; the next run goes on from there. */
  private stop({ assignment: { job, allocation }, startedAt, endsAt }: Running, stopBy: Instant, now: Instant): void {
    const soon = plusSeconds(now, SAVE_S);
    const at = stopBy < soon ? stopBy : soon;
    if (endsAt <= at) return;
    this.running.delete(allocation);
    this.stopping.add(allocation);
    const ran = secondsBetween(startedAt, at);
    if (ran > 0) {
      this.saved.set(job, (this.saved.get(job) ?? 0) + ran);
      this.outbox.push({ kind: 'stopped', job, allocation, at, checkpoint: 1 });
    } else {
      this.outbox = this.outbox.filter((report) => !(report.kind === 'started' && report.allocation === allocation));
      this.outbox.push({ kind: 'stopped', job, allocation, at });
    }
  }

  private end({ assignment, remaining, endsAt }: Running): void {
    this.running.delete(assignment.allocation);
    const { job, allocation, time_limit_s: limit } = assignment;
    const done = remaining <= limit;
    this.outbox.push(done ? { kind: 'finished', job, allocation, at: endsAt } : { kind: 'failed', job, allocation, at: endsAt, reason: 'time limit' });
  }

  /** Every node stops the tenant's jobs and says so, some sooner than others. */
  private obey({ fence, tenant, nodes }: FenceOrder, now: Instant): void {
    for (const [allocation, { assignment }] of this.running) if (assignment.tenant === tenant) this.running.delete(allocation);
    for (const [index, node] of nodes.entries()) {
      const key = `${fence}/${node}`;
      if (this.acknowledged.has(key)) continue;
      this.acknowledged.add(key);
      const delay = FENCE_S.least + ((index * 7) % (FENCE_S.most - FENCE_S.least));
      this.outbox.push({ kind: 'fence_acknowledged', fence, node, at: plusSeconds(now, delay) });
    }
  }
}
