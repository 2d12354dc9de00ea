import type { Cluster } from './cluster.js';
import type { Pool } from './pool.js';
import type { JobAsk } from './types.js';

/**
 * Nodes for a gang, all or none. Inside one rail-aligned scalable unit when one can hold it (the unit with the
 * fewest nodes to spare); else, unless the unit is required, over the fewest units of the site (those with the most
 * nodes first). A gang that prefers no unit takes the best nodes wherever they are. Inside: nodes with the fewest GPUs
 * left, then the least overhang of the job's end past what else runs there. Ties: the lower unit, the node admitted first.
 * @param available whole GPUs that the job may take of a node; negative when it must not run there
 */
export function chooseGang(
  cluster: Cluster,
  pool: Pool,
  { nodes: count, gpusPerNode: gpus, topology }: Pick<JobAsk, 'nodes' | 'gpusPerNode' | 'topology'>,
  endMs: number,
  available: (node: number) => number,
): number[] | undefined {
  const units = new Map<number, number[]>();
  let found = 0;
  for (let n = pool.members.next(0); n >= 0; n = pool.members.next(n + 1)) {
    if (available(n) < gpus) continue;
    found += 1;
    const unit = cluster.specs[n]!.scalableUnit;
    const nodes = units.get(unit);
    if (nodes) nodes.push(n);
    else units.set(unit, [n]);
  }
  if (found < count) return undefined;

  const overhang = (node: number): number => Math.max(0, endMs - cluster.lastEnd[node]!);
  const best = (nodes: number[]): number[] => nodes.sort((a, b) => available(a) - available(b) || overhang(a) - overhang(b) || a - b);
  if (topology?.required !== 'unit' && topology?.preferred === 'site') return best([...units.values()].flat()).slice(0, count);
  const bySize = [...units].sort(([a, x], [b, y]) => y.length - x.length || a - b);
  const holding = bySize.filter(([, nodes]) => nodes.length >= count).sort(([a, x], [b, y]) => x.length - y.length || a - b)[0];
  if (!holding && topology?.required === 'unit') return undefined;
  const chosen: number[] = [];
  for (const [, nodes] of holding ? [holding] : bySize) {
    chosen.push(...best(nodes).slice(0, count - chosen.length));
    if (chosen.length === count) break;
  }
  return chosen;
}
