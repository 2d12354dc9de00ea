import { lowestBit } from './bits.js';
import type { Claim, Cluster } from './cluster.js';
import { isMigProfile, migBits } from './mig.js';
import type { JobAsk, NodeShare } from './types.js';

/** The ids of a claim's nodes and GPUs. */
export const gpusOf = (cluster: Cluster, { nodes, masks, slices }: Claim): NodeShare[] =>
  nodes.map((node, i) => {
    const { node: id, gpus } = cluster.specs[node]!;
    const names: string[] = [];
    for (let bits = masks[i]!; bits !== 0; bits &= bits - 1) names.push(gpus[lowestBit(bits)]!.id);
    return slices === undefined ? { node: id, gpus: names } : { node: id, gpus: names, migStart: lowestBit(slices) };
  });

/** The claim that these ids name. @throws RangeError for a node or GPU that the cluster does not have */
export function claimOf(cluster: Cluster, placements: readonly NodeShare[], { gpuMilli: milli, migProfile, cpuMilli: cpu, memoryMib: memory }: JobAsk): Claim {
  const nodes: number[] = [];
  const masks: number[] = [];
  for (const { node, gpus } of placements) {
    const number = cluster.numberOf(node);
    if (number === undefined) throw new RangeError(`unknown node ${node}`);
    const bits = new Map(cluster.specs[number]!.gpus.map(({ id }, bit) => [id, bit]));
    let mask = 0;
    for (const gpu of gpus) {
      const bit = bits.get(gpu);
      if (bit === undefined) throw new RangeError(`${node} has no GPU ${gpu}`);
      mask |= 1 << bit;
    }
    nodes.push(number);
    masks.push(mask);
  }
  const slices = migProfile !== undefined && isMigProfile(migProfile) ? migBits(migProfile, placements[0]?.migStart ?? 0) : undefined;
  return { nodes, masks, milli, cpu, memory, slices };
}
