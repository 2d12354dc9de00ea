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

/** The value below which a share of the sorted samples lies. */
export const quantile = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
