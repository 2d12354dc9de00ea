import { lowestBit, popcount } from './bits.js';
import type { Pool } from './pool.js';
import { MAX_GPUS, WHOLE } from './units.js';
import type { Shape } from './reservation.js';
import type { Room } from './profile.js';
import type { Cluster } from './cluster.js';

/**
 * Whether as much is free as the shape needs, were it only in that shape: on enough nodes that are large enough, and
 * inside one unit where the gang must stay in one.
 */
export function enoughInAnyShape(cluster: Cluster, pool: Pool, shape: Shape, room: Room | undefined): boolean {
  const { nodes, gpusPerNode, gpuMilli, cpuMilli, memoryMib, topology } = shape;
  const asked = nodes * gpusPerNode * gpuMilli;
  const byUnit = topology?.required === 'unit';
  const found = new Map<number, { nodes: number; milli: number }>();
  for (let n = pool.members.next(0); n >= 0; n = pool.members.next(n + 1)) {
    const spec = cluster.specs[n]!;
    if (spec.gpus.length < gpusPerNode || !cluster.hasHost(n, cpuMilli, memoryMib)) continue;
    const unit = byUnit ? spec.scalableUnit : 0;
    const sum = found.get(unit) ?? { nodes: 0, milli: 0 };
    found.set(unit, { nodes: sum.nodes + 1, milli: sum.milli + freeOf(cluster, n, shape, room) });
  }
  return [...found.values()].some((sum) => sum.nodes >= nodes && sum.milli >= asked);
}

/** Milli-GPUs of the node that the shape could use a part of. */
function freeOf(cluster: Cluster, node: number, { gpuMilli, migProfile }: Shape, room: Room | undefined): number {
  const free = popcount(cluster.free[node]!);
  let milli = Math.max(0, room ? room.spare(node, free) : free) * WHOLE;
  if (gpuMilli === WHOLE) return milli;
  // A GPU is cut into instances or shared by thousandths, never both.
  for (let bits = migProfile === undefined ? cluster.shared[node]! : cluster.sliced[node]!; bits !== 0; bits &= bits - 1) {
    const bit = lowestBit(bits);
    if (!room || room.allows(node, 1 << bit)) milli += cluster.milli[node * MAX_GPUS + bit]!;
  }
  return milli;
}
