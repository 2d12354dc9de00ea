import { createHash } from 'node:crypto';
import type { Progress } from '../mode.js';
import { Checker } from './checker.js';
import type { ClusterShape } from './cluster.js';
import type { Failures } from './failures.js';
import { type Figures, figuresOf, type JobRecord } from './figures.js';
import type { Decided, Policy, Share, Start } from './policy.js';
import type { SimulatedJob } from './workload.js';

export interface Setting {
  readonly cluster: ClusterShape;
  /** In order of arrival. */
  readonly jobs: readonly SimulatedJob[];
  readonly policy: Policy;
  readonly failures: Failures;
  /** A job that is stopped starts again from the last multiple of this, of what it has run; infinite: from zero. */
  readonly checkpointMs: number;
}

const HOUR_MS = 3_600_000;

/** Time goes from event to event: ends, nodes that are back, failures, arrivals, then one plan. */
export function run(setting: Setting, progress: Progress): Figures {
  return new Run(setting).toTheEnd(progress);
}

/** A job while GPUs are held for it. */
interface Held {
  readonly id: number;
  shares: readonly Share[];
  /** Since when it runs; undefined while one of its nodes is gone. */
  sinceMs: number | undefined;
  /** When it will have run its time; infinite while it does not run. */
  endMs: number;
}

class Run {
  private readonly checker: Checker;
  private readonly records: JobRecord[];
  private readonly left: number[];
  private readonly held = new Map<number, Held>();
  /** What runs, the first end last. */
  private ends: Held[] = [];
  private readonly backs: { readonly node: number; readonly backMs: number }[] = [];
  private readonly digest = createHash('sha256');
  private readonly planMs: number[] = [];
  private readonly window: readonly [number, number];
  private arrived = 0;
  private finished = 0;
  private busyGpuMs = 0;
  private lostGpuMs = 0;
  private preemptions = 0;
  private wakeMs = Infinity;
  private nowMs = 0;

  constructor(private readonly setting: Setting) {
    const { cluster, jobs } = setting;
    this.checker = new Checker(cluster, jobs);
    this.records = jobs.map(({ arrivalMs, durationMs, gpus }) => ({ gpus, durationMs, waitMs: 0, queuedMs: arrivalMs, endMs: 0 }));
    this.left = jobs.map(({ durationMs }) => durationMs);
    this.window = [jobs[0]?.arrivalMs ?? 0, jobs.at(-1)?.arrivalMs ?? 0];
  }

  toTheEnd(progress: Progress): Figures {
    const { jobs, cluster, failures } = this.setting;
    while (this.finished < jobs.length) {
      this.nowMs = Math.min(jobs[this.arrived]?.arrivalMs ?? Infinity, this.ends.at(-1)?.endMs ?? Infinity, this.backs[0]?.backMs ?? Infinity, failures.nextMs, this.wakeMs);
      if (this.nowMs === Infinity) throw new Error(`${jobs.length - this.finished} jobs wait and nothing will happen: they do not fit in the cluster`);
      this.happen();
      this.plan();
      progress(this.finished, jobs.length);
    }
    this.checker.ended();
    const [fromMs, toMs] = this.window;
    const capacity = (toMs - fromMs) * cluster.nodes * cluster.gpusPerNode;
    return figuresOf(this.records, {
      fromMs,
      utilisation: capacity > 0 ? this.busyGpuMs / capacity : 0,
      preemptions: this.preemptions,
      lostGpuHours: this.lostGpuMs / HOUR_MS,
      planMs: this.planMs,
      decisions: this.digest.digest('hex'),
    });
  }

  private happen(): void {
    const { jobs, policy, failures } = this.setting;
    while (this.ends.at(-1)?.endMs === this.nowMs) this.finish(this.ends.pop()!);
    while (this.backs[0]?.backMs === this.nowMs) {
      const { node } = this.backs.shift()!;
      this.checker.node(node, true);
      policy.repaired(node);
    }
    if (failures.nextMs === this.nowMs) this.fail();
    while (jobs[this.arrived]?.arrivalMs === this.nowMs) {
      const { id, arrivalMs, limitMs, nodes, gpusPerNode } = jobs[this.arrived++]!;
      this.checker.arrived(id, this.nowMs);
      policy.submitted({ id, arrivalMs, limitMs, nodes, gpusPerNode });
    }
  }

  private finish(held: Held): void {
    this.busy(held);
    this.checker.finished(held.id);
    this.held.delete(held.id);
    this.records[held.id]!.endMs = this.nowMs;
    this.finished += 1;
    this.setting.policy.finished(held.id, this.nowMs);
  }

  /** A node that fails while it is away was away already. */
  private fail(): void {
    const { node, backMs } = this.setting.failures.take();
    if (this.backs.some((back) => back.node === node)) return;
    this.backs.push({ node, backMs });
    this.checker.node(node, false);
    for (const held of this.held.values()) if (held.shares.some((share) => share.node === node)) this.interrupt(held);
    this.setting.policy.failed(node, this.nowMs);
  }

  /** What it has run since its last checkpoint is lost. */
  private interrupt(held: Held): void {
    if (held.sinceMs === undefined) return;
    this.busy(held);
    const { durationMs, gpus } = this.records[held.id]!;
    const done = durationMs - this.left[held.id]! + this.nowMs - held.sinceMs;
    const saved = this.setting.checkpointMs === Infinity ? 0 : Math.floor(done / this.setting.checkpointMs) * this.setting.checkpointMs;
    this.lostGpuMs += (done - saved) * gpus;
    this.left[held.id] = durationMs - saved;
    held.sinceMs = undefined;
    held.endMs = Infinity;
    this.ends.splice(this.ends.indexOf(held), 1);
  }

  /** Again when something was stopped: its GPUs are free now. */
  private plan(): void {
    for (let stopped = true; stopped; ) {
      const begun = process.hrtime.bigint();
      const decided = this.setting.policy.plan(this.nowMs);
      this.planMs.push(Number(process.hrtime.bigint() - begun) / 1e6);
      this.wakeMs = decided.wakeAtMs !== undefined && decided.wakeAtMs > this.nowMs ? decided.wakeAtMs : Infinity;
      this.obey(decided);
      stopped = decided.stops.length > 0;
    }
  }

  private obey({ starts, moves, stops }: Decided): void {
    for (const id of stops) {
      const held = this.held.get(id);
      if (!held) throw new Error(`job ${id} is stopped and does not run`);
      if (held.sinceMs !== undefined) this.preemptions += 1;
      this.interrupt(held);
      this.tell('stop', { id, shares: [] });
      this.checker.requeued(id);
      this.held.delete(id);
      this.records[id]!.queuedMs = this.nowMs;
      this.setting.policy.requeued(id);
    }
    for (const move of moves) {
      const held = this.held.get(move.id)!;
      this.interrupt(held);
      this.checker.moved(move);
      this.begin(held, move);
      this.tell('move', move);
    }
    for (const start of starts) {
      this.checker.started(start);
      const record = this.records[start.id]!;
      record.waitMs += this.nowMs - record.queuedMs;
      const held: Held = { id: start.id, shares: start.shares, sinceMs: undefined, endMs: Infinity };
      this.held.set(start.id, held);
      this.begin(held, start);
      this.tell('start', start);
    }
  }

  private begin(held: Held, { shares }: Start): void {
    held.shares = shares;
    held.sinceMs = this.nowMs;
    held.endMs = this.nowMs + this.left[held.id]!;
    let [low, high] = [0, this.ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.ends[middle]!;
      if (other.endMs > held.endMs || (other.endMs === held.endMs && other.id > held.id)) low = middle + 1;
      else high = middle;
    }
    this.ends.splice(low, 0, held);
  }

  private busy({ id, sinceMs }: Held): void {
    const [fromMs, toMs] = this.window;
    this.busyGpuMs += Math.max(0, Math.min(this.nowMs, toMs) - Math.max(sinceMs!, fromMs)) * this.records[id]!.gpus;
  }

  private tell(what: string, { id, shares }: Start): void {
    this.digest.update(`${this.nowMs} ${what} ${id} ${shares.map(({ node, gpus }) => `${node}:${gpus.join(',')}`).join(' ')}\n`);
  }
}
