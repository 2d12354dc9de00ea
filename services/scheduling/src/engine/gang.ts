import type { Cluster } from './cluster.js';
import type { Pool } from './pool.js';

/**
 * Nodes for a gang, all or none: inside one rail-aligned scalable unit when one can hold it (the unit with the
 * fewest nodes to spare), else over the fewest units of the site (those with the most nodes first). Inside a
 * unit: nodes with the fewest GPUs left, then the least overhang of the job's end past what else runs there.
 * Ties: the lower unit, the node admitted first.
 * @param available whole GPUs that the job may take of a node
 */
export function chooseGang(cluster: Cluster, pool: Pool, count: number, gpus: number, endMs: number, available: (node: number) => number): number[] | undefined {
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

  const bySize = [...units].sort(([a, x], [b, y]) => y.length - x.length || a - b);
  const holding = bySize.filter(([, nodes]) => nodes.length >= count).sort(([a, x], [b, y]) => x.length - y.length || a - b)[0];
  const overhang = (node: number): number => Math.max(0, endMs - cluster.lastEnd[node]!);
  const chosen: number[] = [];
  for (const [, nodes] of holding ? [holding] : bySize) {
    nodes.sort((a, b) => available(a) - available(b) || overhang(a) - overhang(b) || a - b);
    chosen.push(...nodes.slice(0, count - chosen.length));
    if (chosen.length === count) break;
  }
  return chosen;
}
