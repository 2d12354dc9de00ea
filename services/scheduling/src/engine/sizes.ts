/** How large the jobs are that have come so far: which are small is learnt from arrivals, as limits tell. */

/** Steps in a doubling of the size. */
const STEPS = 8;
const BINS = 400;
/** 2^(1/8), 2^(2/8), … */
const THRESHOLDS = [1.0905077326652577, 1.189207115002721, 1.2968395546510096, Math.SQRT2, 1.5422108254079407, 1.681792830507429, 1.8340080864093424];

/** Of a job or of jobs: shares between 0 and 1. */
export interface Rank {
  /** Of the jobs so far, those that are smaller. */
  readonly jobs: number;
  /** Of their work (limit × GPUs), what is in smaller ones. */
  readonly work: number;
}

/** The bin of a job, by limit × GPUs in seconds: eight to a doubling. */
export function binOf(limitMs: number, milli: number): number {
  let size = (limitMs * milli) / 1e6;
  let bin = 0;
  for (; size >= 2; size /= 2) bin += STEPS;
  for (const threshold of THRESHOLDS) if (size >= threshold) bin += 1;
  return Math.min(BINS - 1, bin);
}

/** Fewer jobs than this tell nothing: then none is small and none is large. */
const LEAST_JOBS = 30;
const UNTOLD: Rank = { jobs: 0, work: 1 };

export class Sizes {
  private readonly counts = new Float64Array(BINS);
  private readonly work = new Float64Array(BINS);
  private jobs = 0;
  private total = 0;

  arrived(limitMs: number, milli: number): void {
    this.add(binOf(limitMs, milli), 1, (limitMs * milli) / 1e6);
  }

  /** Half of its own bin counts as smaller. */
  rankOf(limitMs: number, milli: number): Rank {
    if (this.jobs < LEAST_JOBS) return UNTOLD;
    const bin = binOf(limitMs, milli);
    let [jobs, work] = [this.counts[bin]! / 2, this.work[bin]! / 2];
    for (let i = 0; i < bin; i++) {
      jobs += this.counts[i]!;
      work += this.work[i]!;
    }
    return { jobs: jobs / this.jobs, work: work / Math.max(1, this.total) };
  }

  /** All ranks at once, by bin. */
  ranks(): readonly Rank[] {
    let [jobs, work] = [0, 0];
    return Array.from({ length: BINS }, (_, bin): Rank => {
      if (this.jobs < LEAST_JOBS) return UNTOLD;
      const rank = { jobs: (jobs + this.counts[bin]! / 2) / this.jobs, work: (work + this.work[bin]! / 2) / Math.max(1, this.total) };
      jobs += this.counts[bin]!;
      work += this.work[bin]!;
      return rank;
    });
  }

  save(): SavedSizes {
    const bins = [...this.counts.keys()].filter((bin) => this.counts[bin]! > 0);
    return { bins: bins.map((bin) => [bin, this.counts[bin]!, this.work[bin]!] as const), total: this.total };
  }

  load({ bins, total }: SavedSizes): void {
    for (const [bin, count, work] of bins) this.add(bin, count, work);
    this.total = total;
  }

  private add(bin: number, count: number, work: number): void {
    this.counts[bin]! += count;
    this.work[bin]! += work;
    this.jobs += count;
    this.total += work;
  }
}

export interface SavedSizes {
  /** Bin, jobs, work. */
  readonly bins: readonly (readonly [number, number, number])[];
  /** Of the work, as it was summed. */
  readonly total: number;
}
