/** What becomes of a figure over time. */
export interface Sample {
  /** Seconds. */
  readonly at: number;
  readonly value: number;
}

/** Least squares. @returns units of the value per second; 0 for less than two samples */
export function slope(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number) => samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  if (samples.length < 2) return 0;
  const [at, value] = [mean((sample) => sample.at), mean((sample) => sample.value)];
  const spread = samples.reduce((sum, sample) => sum + (sample.at - at) ** 2, 0);
  return spread === 0 ? 0 : samples.reduce((sum, sample) => sum + (sample.at - at) * (sample.value - value), 0) / spread;
}

/** The second half, by time: the first is warming up. */
export function secondHalf<T extends { readonly at: number }>(samples: readonly T[]): T[] {
  const [first, last] = [samples[0]?.at ?? 0, samples.at(-1)?.at ?? 0];
  return samples.filter(({ at }) => at >= (first + last) / 2);
}
