/** What waits, in the order it is served. */
import { type JobClass, JobClasses } from './job-classes.js';
import type { Load } from './load.js';
import { inOrder, inRank, isSmall, isUrgent, keyOf, milliOf, sameRank, type Standing } from './order.js';
import { binOf, Sizes } from './sizes.js';
import type { Tenants } from './tenants.js';
import type { JobAsk, QueueSpec } from './types.js';

export type { JobClass } from './job-classes.js';
export { inOrder, milliOf } from './order.js';

export interface WaitingJob extends Standing {
  readonly cls: JobClass;
  queue: QueueSpec | undefined;
  limitMs: number;
  key: number;
  urgent: boolean;
  old: boolean;
  overdue: boolean;
  small: boolean;
  /** With those of its tenant before it, it is more than the tenant's guaranteed quota. */
  borrows: boolean;
  /** A plan has started it. When it waits again it is another `WaitingJob`. */
  started: boolean;
}

const limitOf = (ask: JobAsk, queue: QueueSpec | undefined): number => (ask.timeLimitS ?? queue?.defaultTimeLimitS ?? 0) * 1000;

export class Backlog {
  jobs: WaitingJob[] = [];
  readonly classes: JobClasses;
  /** Classes with a job that waits and is served. */
  liveClasses = 0;
  /** Old jobs that are served. */
  olds = 0;
  /** Sum of limit × GPUs of what waits, in millisecond-milli-GPUs. */
  work = 0;

  readonly sizes = new Sizes();

  constructor(
    private readonly tenants: Tenants,
    private readonly load: Load,
  ) {
    this.classes = new JobClasses(tenants);
  }

  /** A job comes for the first time: its size tells about those to come. */
  arrived(ask: JobAsk, queue: QueueSpec | undefined): void {
    this.sizes.arrived(limitOf(ask, queue), milliOf(ask));
  }

  /** Makes the job one that waits; `add` lets it in. */
  enter(ask: JobAsk, seq: number, queue: QueueSpec | undefined, old = false): WaitingJob {
    const limitMs = limitOf(ask, queue);
    const cls = this.classes.of(ask);
    const { borrowsFrom, shiftMs } = cls.tenant;
    const rank = this.sizes.rankOf(limitMs, cls.milli);
    const key = keyOf(ask, limitMs, rank, this.load.horizonMs) + shiftMs;
    const job: WaitingJob = { ask, cls, seq, queue, limitMs, key, urgent: isUrgent(ask, limitMs, ask.arrivedMs), old, overdue: false, small: isSmall(rank), borrows: false, started: false };
    job.borrows = !old && borrowsFrom !== undefined && inRank(job, borrowsFrom) >= 0;
    return job;
  }

  add(job: WaitingJob): void {
    const place = this.place(job);
    if (place === this.jobs.length) this.jobs.push(job);
    else this.jobs.splice(place, 0, job);
    if (!job.queue) return;
    const { cls } = job;
    if (job.old) this.olds += 1;
    if (cls.live++ === 0) this.liveClasses += 1;
    cls.minLimitMs = cls.live === 1 ? job.limitMs : Math.min(cls.minLimitMs, job.limitMs);
    cls.tenant.waiting += cls.milli;
    this.work += job.limitMs * cls.milli;
  }

  remove(job: WaitingJob): void {
    const place = this.place(job);
    if (place === this.jobs.length - 1) this.jobs.pop();
    else this.jobs.splice(place, 1);
    this.left(job);
  }

  /** Takes out those that a plan has started, in one pass. */
  removeAll(started: readonly WaitingJob[]): void {
    if (started.length === 1) {
      this.remove(started[0]!);
      return;
    }
    this.jobs = this.jobs.filter((job) => !job.started);
    for (const job of started) this.left(job);
  }

  /**
   * Looks at every job anew: its age, its deadline, its size among others, its tenant's share and quota. A job once old stays old.
   */
  review(nowMs: number): void {
    let moved = false;
    const { horizonMs, oldAfterMs, overdueAfterMs } = this.load;
    const ranks = this.sizes.ranks();
    for (const job of this.jobs) {
      const ageMs = nowMs - job.ask.arrivedMs;
      const old = job.old || ageMs >= oldAfterMs;
      const overdue = job.overdue || ageMs >= overdueAfterMs;
      const urgent = job.ask.deadlineMs !== undefined && isUrgent(job.ask, job.limitMs, nowMs);
      const rank = ranks[binOf(job.limitMs, job.cls.milli)]!;
      const small = isSmall(rank);
      const key = keyOf(job.ask, job.limitMs, rank, horizonMs) + job.cls.tenant.shiftMs;
      if (old === job.old && overdue === job.overdue && small === job.small && urgent === job.urgent && key === job.key && !job.borrows) continue;
      if (old && !job.old && job.queue) this.olds += 1;
      [job.old, job.overdue, job.small, job.urgent, job.key, job.borrows] = [old, overdue, small, urgent, key, false];
      moved = true;
    }
    if (moved) this.jobs.sort(inOrder);
    this.borrow();
  }

  /** From the first job on with which a tenant has more than is guaranteed to it, its young jobs borrow. */
  private borrow(): void {
    for (const tenant of this.tenants.all.values()) {
      tenant.borrowsFrom = undefined;
      tenant.left = tenant.guaranteed - tenant.inUse;
    }
    // Those that borrow come after the others of their rank.
    const jobs: WaitingJob[] = [];
    let behind: WaitingJob[] = [];
    let last: WaitingJob | undefined;
    for (const job of this.jobs) {
      if (last && behind.length > 0 && !sameRank(last, job)) {
        jobs.push(...behind);
        behind = [];
      }
      last = job;
      const { tenant, milli } = job.cls;
      tenant.left -= milli;
      if (tenant.left >= 0 || job.old) jobs.push(job);
      else {
        job.borrows = true;
        tenant.borrowsFrom ??= { ask: job.ask, old: false, overdue: false, small: job.small, key: job.key };
        behind.push(job);
      }
    }
    this.jobs = jobs.concat(behind);
  }

  private left(job: WaitingJob): void {
    if (!job.queue) return;
    if (job.old) this.olds -= 1;
    if (--job.cls.live === 0) this.liveClasses -= 1;
    job.cls.tenant.waiting -= job.cls.milli;
    this.work -= job.limitMs * job.cls.milli;
  }

  private place(job: WaitingJob): number {
    let low = 0;
    let high = this.jobs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (inOrder(this.jobs[middle]!, job) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
