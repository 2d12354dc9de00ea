/**
 * Fragments of a node after Weng et al., "Beware of Fragmentation" (USENIX ATC 2023): F_n(M) = Σ_m p_m · F_n(m), where
 * F_n(m) is the free GPU milli of the node that cannot serve type m: all of it when m does not fit by CPU, model or
 * GPUs, or asks for no GPU; else that of the GPUs with too little room. Memory does not count.
 */
import type { PodType, Pods } from './pods.js';

/** Types that differ in memory only are one here. */
interface Weighted {
  readonly type: PodType;
  readonly share: number;
}

export class Fragments {
  private readonly weighted: readonly Weighted[];
  /** Share of the pods that ask for no GPU. */
  private readonly cpuOnly: number;

  constructor({ types, counts }: Pick<Pods, 'types' | 'counts'>) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const merged = new Map<string, Weighted>();
    let cpuOnly = 0;
    for (const [i, type] of types.entries()) {
      const share = total === 0 ? 0 : counts[i]! / total;
      if (type.gpus === 0) cpuOnly += share;
      else {
        const key = JSON.stringify([type.cpuMilli, type.gpus, type.gpuMilli, type.models]);
        merged.set(key, { type, share: share + (merged.get(key)?.share ?? 0) });
      }
    }
    this.weighted = [...merged.values()].filter(({ share }) => share > 0);
    this.cpuOnly = cpuOnly;
  }

  /** @returns milli-GPUs */
  of(cpu: number, gpus: Int32Array, model: string): number {
    let free = 0;
    for (let i = 0; i < gpus.length; i++) free += gpus[i]!;
    if (free === 0) return 0;
    let fragments = this.cpuOnly * free;
    for (const { type, share } of this.weighted) {
      let [enough, useless] = [0, 0];
      if (cpu >= type.cpuMilli && (type.models.length === 0 || type.models.includes(model)))
        for (let i = 0; i < gpus.length; i++) {
          if (gpus[i]! >= type.gpuMilli) enough += 1;
          else useless += gpus[i]!;
        }
      fragments += share * (enough >= type.gpus ? useless : free);
    }
    return fragments;
  }
}
