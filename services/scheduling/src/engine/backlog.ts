/** What waits, in the order it is served. */
import { WHOLE } from './units.js';
import type { Pool } from './pool.js';
import type { JobAsk, Permit, QueueSpec } from './types.js';

/** Jobs of at least so many GPUs are served as if they had come an hour earlier. */
const GANG_GPUS = 16;
const GANG_HEAD_START_MS = 3_600_000;
/** A longer limit is served later: a fifth of it is added to the arrival. */
const LIMIT_WEIGHT = 0.2;

/** Jobs that no rule and no size tells apart: what does not fit for one does not fit for any. */
export interface JobClass {
  readonly sample: JobAsk;
  /** Milli-GPUs of one job of it. */
  readonly milli: number;
  /** How many wait. */
  live: number;
  /** No job of it that waits has a shorter limit. */
  minLimitMs: number;
  /** The pools it may use, with their permits, as of `permitsAt`. */
  permitted: { readonly pool: Pool; readonly permit: Permit & { readonly allowed: true } }[];
  permitsAt: number;
  /** In plan `blockedIn`, jobs with this limit or a longer one do not start. */
  blockedIn: number;
  blockedFromMs: number;
  /** At this count of releases nothing of it fitted. */
  misfitAt: number;
}

export interface WaitingJob {
  readonly ask: JobAsk;
  readonly cls: JobClass;
  /** Order of first submission: the last tie. */
  readonly seq: number;
  /** Undefined while the queue is unknown: then it is not served. */
  queue: QueueSpec | undefined;
  limitMs: number;
  key: number;
  /** It has waited for so long that it goes before younger ones of its priority. */
  old: boolean;
}

/** Queue's priority, job's priority, old before young, the key, first come. */
export const inOrder = (a: WaitingJob, b: WaitingJob): number =>
  (b.queue?.priority ?? 0) - (a.queue?.priority ?? 0) || b.ask.priority - a.ask.priority || Number(b.old) - Number(a.old) || a.key - b.key || a.seq - b.seq;

export const milliOf = (ask: JobAsk): number => ask.nodes * ask.gpusPerNode * ask.gpuMilli;

export class Backlog {
  jobs: WaitingJob[] = [];
  readonly classes = new Map<string, JobClass>();
  /** Classes with a job that waits and is served. */
  liveClasses = 0;
  /** Sum of limit × GPUs of what waits, in millisecond-milli-GPUs. */
  work = 0;

  /** Makes the job one that waits; `add` lets it in. */
  enter(ask: JobAsk, seq: number, queue: QueueSpec | undefined, old = false): WaitingJob {
    const limitMs = (ask.timeLimitS ?? queue?.defaultTimeLimitS ?? 0) * 1000;
    const gang = milliOf(ask) >= GANG_GPUS * WHOLE ? GANG_HEAD_START_MS : 0;
    return { ask, cls: this.classOf(ask), seq, queue, limitMs, key: ask.arrivedMs + LIMIT_WEIGHT * limitMs - gang, old };
  }

  add(job: WaitingJob): void {
    this.jobs.splice(this.place(job), 0, job);
    if (!job.queue) return;
    const { cls } = job;
    if (cls.live++ === 0) this.liveClasses += 1;
    cls.minLimitMs = cls.live === 1 ? job.limitMs : Math.min(cls.minLimitMs, job.limitMs);
    this.work += job.limitMs * cls.milli;
  }

  remove(job: WaitingJob): void {
    this.jobs.splice(this.place(job), 1);
    this.left(job);
  }

  /** Takes out those that a plan has started, in one pass. */
  removeAll(started: ReadonlySet<WaitingJob>): void {
    this.jobs = this.jobs.filter((job) => !started.has(job));
    for (const job of started) this.left(job);
  }

  /** Marks as old what came before this time. A job once old stays old. */
  age(beforeMs: number): void {
    let aged = false;
    for (const job of this.jobs) if (!job.old && job.ask.arrivedMs <= beforeMs) aged = job.old = true;
    if (aged) this.jobs.sort(inOrder);
  }

  private left(job: WaitingJob): void {
    if (!job.queue) return;
    if (--job.cls.live === 0) this.liveClasses -= 1;
    this.work -= job.limitMs * job.cls.milli;
  }

  private place(job: WaitingJob): number {
    let [low, high] = [0, this.jobs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (inOrder(this.jobs[middle]!, job) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private classOf(ask: JobAsk): JobClass {
    const { tenant, project, site, gpuModels, dataClass, nodes, gpusPerNode, gpuMilli, migProfile, cpuMilli, memoryMib, topology } = ask;
    const key = [tenant, project, site, gpuModels?.join('|'), dataClass, nodes, gpusPerNode, gpuMilli, migProfile, cpuMilli, memoryMib, topology?.required, topology?.preferred].join('\n');
    const known = this.classes.get(key);
    if (known) return known;
    const made: JobClass = { sample: ask, milli: milliOf(ask), live: 0, minLimitMs: 0, permitted: [], permitsAt: -1, blockedIn: -1, blockedFromMs: 0, misfitAt: -1 };
    this.classes.set(key, made);
    return made;
  }
}
