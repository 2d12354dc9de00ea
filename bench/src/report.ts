/** One JSON line per figure, each beside a reference run on the same machine in the same minute. */
export interface Figure {
  readonly bench: string;
  readonly value: number;
  readonly unit: string;
  /** What it is compared with, and that one's value in the same unit. */
  readonly reference?: string;
  readonly reference_value?: number;
  readonly [detail: string]: unknown;
}

export function report({ value, reference_value: reference, ...rest }: Figure): void {
  const round = (n: number) => Number(n.toPrecision(4));
  process.stdout.write(
    `${JSON.stringify({ ...rest, value: round(value), ...(reference !== undefined && { reference_value: round(reference), ratio: round(value / reference) }) })}\n`,
  );
}

/** Seconds that `work` takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Workers side by side for a while. @returns rounds per second, all workers together */
export async function rate(workers: number, forSeconds: number, once: (worker: number, round: number) => Promise<unknown>): Promise<number> {
  const end = performance.now() + forSeconds * 1000;
  const rounds = await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      let round = 0;
      for (; performance.now() < end; round += 1) await once(worker, round);
      return round;
    }),
  );
  return rounds.reduce((sum, n) => sum + n, 0) / forSeconds;
}

/** The value below which a share of the sorted samples lies. */
export const quantile = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

export const median = (values: readonly number[]): number => quantile(values.toSorted((a, b) => a - b), 0.5);

/**
 * Reference, ours, reference, ours …: what else the machine does meets both alike.
 * @returns the median of each
 */
export async function besideEachOther(rounds: number, reference: () => Promise<number>, ours: () => Promise<number>): Promise<{ reference_value: number; value: number }> {
  const found = { reference: [] as number[], ours: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    found.reference.push(await reference());
    found.ours.push(await ours());
  }
  return { reference_value: median(found.reference), value: median(found.ours) };
}
