import type { Ending } from './reservation.js';
import type { Claim } from './cluster.js';
import type { Pool } from './pool.js';
import type { WaitingJob } from './backlog.js';

export interface RunningJob extends Ending {
  readonly job: WaitingJob;
  readonly pool: Pool;
  claim: Claim;
  startedMs: number;
  endMs: number;
}

/** What holds GPUs, in the order it ends if nothing exceeds its limit; ties: first submitted. */
export class Running {
  readonly jobs: RunningJob[] = [];

  add(job: RunningJob): void {
    this.jobs.splice(this.place(job), 0, job);
  }

  remove(job: RunningJob): void {
    this.jobs.splice(this.place(job), 1);
  }

  private place(job: RunningJob): number {
    let [low, high] = [0, this.jobs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.jobs[middle]!;
      if ((other.endMs - job.endMs || other.job.seq - job.job.seq) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
