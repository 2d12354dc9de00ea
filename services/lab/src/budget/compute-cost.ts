/** What a project's compute costs, as usage is rated: what the invoice will say, to the cent. */
import { invoiceLineKey, type UsageSlice } from '@pioche/contracts';
import { sum, toCents } from '@pioche/kernel';

export interface ComputeCost {
  /** Exact. */
  readonly nano: bigint;
  /** Rounded as the invoice's lines are, then summed. */
  readonly cents: bigint;
  readonly gpuMicroSeconds: bigint;
}

type Costed = Pick<UsageSlice, 'gpu_model' | 'nano_per_gpu_second' | 'amount_nano' | 'gpu_micro_seconds' | 'from'> & {
  readonly account: string;
  readonly project?: string | null | undefined;
};

/** A line is one account's in one month in UTC, so cents are rounded by those too. */
const lineOf = (slice: Costed): string => `${slice.account} ${slice.from.slice(0, 7)} ${invoiceLineKey(slice)}`;

/** @param slices as billing rated them, in any order; those without a project are under `null` */
export function computeCosts(slices: Iterable<Costed>): Map<string | null, ComputeCost> {
  const projects = new Map<string | null, { micro: bigint; lines: Map<string, bigint> }>();
  for (const slice of slices) {
    const project = projects.get(slice.project ?? null) ?? { micro: 0n, lines: new Map<string, bigint>() };
    projects.set(slice.project ?? null, project);
    project.micro += BigInt(slice.gpu_micro_seconds);
    project.lines.set(lineOf(slice), (project.lines.get(lineOf(slice)) ?? 0n) + BigInt(slice.amount_nano));
  }
  return new Map(
    [...projects].map(([project, { micro, lines }]) => {
      const amounts = [...lines.values()];
      return [project, { nano: sum(amounts), cents: sum(amounts.map(toCents)), gpuMicroSeconds: micro }];
    }),
  );
}
