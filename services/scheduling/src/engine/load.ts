/** How long a job waits before it counts as old: longer when the backlog is long. Learnt from finished jobs only. */
const LEAST_AGE_MS = 3_600_000;
const BACKLOG_SHARE = 0.7;

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
    if (this.askedMs === 0 || capacity === 0) return;
    this.longestMs = Math.max(this.longestMs, (work / capacity) * Math.min(1, this.usedMs / this.askedMs));
  }

  get oldAfterMs(): number {
    return Math.max(LEAST_AGE_MS, BACKLOG_SHARE * this.longestMs);
  }
}
