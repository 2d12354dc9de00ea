/** Other nodes for those that a gang has lost. */
import { lowestBits, popcount } from '../bits.js';
import type { Claim } from '../cluster.js';
import type { RunningJob } from '../running.js';
import type { EngineState } from '../state.js';

/** Whether a node could be a spare as far as its place goes: none of the gang's own, and in its unit where it must stay in one. */
export function joins({ cluster }: EngineState, { claim, job }: Pick<RunningJob, 'claim' | 'job'>, lost: ReadonlySet<number>): (node: number) => boolean {
  const left = claim.nodes.find((node) => !lost.has(node));
  const bound = job.ask.topology?.required === 'unit';
  return (node) => !claim.nodes.includes(node) && (!bound || (left !== undefined && cluster.specs[node]!.scalableUnit === cluster.specs[left]!.scalableUnit));
}

/**
 * The gang's claim with a spare in the place of each lost node. A spare is an open node of the gang's pool with room: in
 * a unit that the gang is in already (where most of its nodes are first), on the same rails where it can, with the
 * fewest GPUs left over. Ties: the lower unit, the node admitted first.
 * @param spare whole GPUs of a node that are not kept for another; negative: none at all
 * @returns undefined when there are too few
 */
export function withSpares(state: EngineState, { claim, pool, job }: RunningJob, lost: ReadonlySet<number>, spare: (node: number) => number): Claim | undefined {
  const { cluster } = state;
  const { gpusPerNode, cpuMilli, memoryMib } = job.ask;
  const unitOf = (node: number): number => cluster.specs[node]!.scalableUnit;
  const inUnit = new Map<number, number>();
  for (const node of claim.nodes) if (!lost.has(node)) inUnit.set(unitOf(node), (inUnit.get(unitOf(node)) ?? 0) + 1);
  const mayJoin = joins(state, { claim, job }, lost);
  const candidates = pool.nodes().filter((n) => mayJoin(n) && spare(n) >= gpusPerNode && popcount(cluster.free[n]!) >= gpusPerNode && cluster.hasHost(n, cpuMilli, memoryMib));
  const taken = new Set<number>();
  const nodes = [...claim.nodes];
  const masks = [...claim.masks];
  for (const [i, node] of claim.nodes.entries()) {
    if (!lost.has(node)) continue;
    const rails = claim.masks[i]!;
    const keepsRails = (n: number): number => Number((rails & ~cluster.free[n]!) === 0);
    const [best] = candidates
      .filter((n) => !taken.has(n))
      .sort((a, b) => (inUnit.get(unitOf(b)) ?? 0) - (inUnit.get(unitOf(a)) ?? 0) || keepsRails(b) - keepsRails(a) || popcount(cluster.free[a]!) - popcount(cluster.free[b]!) || unitOf(a) - unitOf(b) || a - b);
    if (best === undefined) return undefined;
    taken.add(best);
    nodes[i] = best;
    masks[i] = keepsRails(best) ? rails : lowestBits(cluster.free[best]!, gpusPerNode);
  }
  return { ...claim, nodes, masks };
}
