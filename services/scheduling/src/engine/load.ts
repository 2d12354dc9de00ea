/** How long the backlog is, and so how long a job waits before it counts as old. Learnt from finished jobs only. */
const LEAST_AGE_MS = 2_500_000;
const BACKLOG_SHARE = 0.5;
/** So many times that age, and a job is overdue. */
const OVERDUE = 1.8;
/** And after a week in any case: where more comes than can ever run, the backlog grows faster than a job ages. */
const MOST_MS = 604_800_000;
/** A shorter backlog orders nothing. */
const LEAST_HORIZON_MS = 2_000_000;

export class Load {
  /** GPU-time that finished jobs had asked for by their limits, and used. */
  askedMs = 0;
  usedMs = 0;
  /** The longest backlog so far, as time of the whole cluster. */
  longestMs = 0;

  finished(askedMs: number, usedMs: number): void {
    this.askedMs += askedMs;
    this.usedMs += usedMs;
  }

  /** @param work limit × GPUs of what waits @param capacity of the cluster, in the same milli-GPUs */
  observe(work: number, capacity: number): void {
    if (capacity === 0) return;
    const used = this.askedMs === 0 ? 1 : Math.min(1, this.usedMs / this.askedMs);
    this.longestMs = Math.max(this.longestMs, (work / capacity) * used);
  }

  get horizonMs(): number {
    return Math.max(LEAST_HORIZON_MS, this.longestMs);
  }

  get oldAfterMs(): number {
    return Math.max(LEAST_AGE_MS, BACKLOG_SHARE * this.longestMs);
  }

  get overdueAfterMs(): number {
    return Math.min(MOST_MS, OVERDUE * this.oldAfterMs);
  }
}
