import type { Cluster } from './cluster.js';
import type { Pool } from './pool.js';
import type { Shape } from './reservation.js';

/** Whether the pool's open nodes could hold the job if all of them were empty. */
export function couldHold({ specs }: Cluster, { members }: Pool, { nodes, gpusPerNode, cpuMilli = 0, memoryMib = 0, topology }: Shape): boolean {
  const inUnit = new Map<number, number>();
  for (let n = members.next(0); n >= 0; n = members.next(n + 1)) {
    const { gpus, cpuMilli: cpu = Infinity, memoryMib: memory = Infinity, scalableUnit } = specs[n]!;
    if (gpus.length < gpusPerNode || cpu < cpuMilli || memory < memoryMib) continue;
    const domain = topology?.required === 'unit' ? scalableUnit : -1;
    const found = (inUnit.get(domain) ?? 0) + 1;
    if (found >= nodes) return true;
    inUnit.set(domain, found);
  }
  return false;
}
