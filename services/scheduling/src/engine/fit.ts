/** Where a job fits now: a claim on exact GPUs, or nothing. */
import type { JobClass } from './backlog.js';
import { lowestBit, lowestBits, popcount } from './bits.js';
import type { Claim, Cluster } from './cluster.js';
import { chooseGang } from './gang.js';
import { freeSlices, isMigProfile, migBits, migMilli, migStart, type MigProfileName } from './mig.js';
import type { Packing } from './packing/packing.js';
import type { Pool } from './pool.js';
import type { Room } from './profile.js';
import type { Shape } from './reservation.js';
import { MAX_GPUS, WHOLE } from './units.js';

/**
 * Where a job goes among all the pools that it may use. One node: where the value of what remains is greatest
 * (`packing/packing.ts`). A gang or a MIG instance: the first pool that has room.
 * @param room as in `fit`
 */
export function fitAmong(cluster: Cluster, packing: Packing, cls: JobClass, pools: JobClass['permitted'], endMs: number, room?: Room): { readonly pool: Pool; readonly claim: Claim } | undefined {
  const { sample } = cls;
  if (sample.nodes > 1 || sample.migProfile !== undefined || (pools.length === 1 && isPlain(cluster, pools[0]!.pool, sample))) {
    for (const { pool } of pools) {
      const claim = fit(cluster, pool, sample, endMs, room);
      if (claim) return { pool, claim };
    }
    return undefined;
  }
  const choice = packing.choose(packing.numberOf(cls), pools, endMs, room);
  if (!choice) return undefined;
  return { pool: cluster.poolOf[choice.node]!, claim: claimFor(sample, [choice.node], [choice.mask], sample.gpuMilli) };
}

/** Every claim has all fields in this order: code that meets one shape of objects only is faster. */
const claimFor = ({ cpuMilli: cpu, memoryMib: memory }: Shape, nodes: readonly number[], masks: readonly number[], milli: number, slices?: number): Claim => ({ nodes, masks, milli, cpu, memory, slices });

/** Whole GPUs of nodes that are all alike and count nothing else: then the value is greatest where the fewest are left. */
function isPlain({ classes }: Cluster, pool: Pool, { gpuMilli, gpusPerNode }: Shape): boolean {
  const own = classes.inPool(pool.number);
  return gpuMilli === WHOLE && gpusPerNode > 0 && own.length === 1 && own[0]!.cpu === Infinity && own[0]!.memory === Infinity;
}

/** @param room what is free to the job for its whole limit; absent: all that is free now */
export function fit(cluster: Cluster, pool: Pool, shape: Shape, endMs: number, room?: Room): Claim | undefined {
  if (shape.migProfile !== undefined && isMigProfile(shape.migProfile)) return fitInstance(cluster, pool, shape, shape.migProfile, endMs, room);
  if (shape.gpuMilli < WHOLE) return fitFraction(cluster, pool, shape, endMs, room);
  if (shape.nodes === 1) return fitNode(cluster, pool, shape, shape.gpusPerNode, endMs, room);
  if (pool.nodesWith(shape.gpusPerNode) < shape.nodes) return undefined;
  const available = (node: number): number => {
    const free = cluster.hasHost(node, shape.cpuMilli, shape.memoryMib) ? popcount(cluster.free[node]!) : -1;
    return room ? room.spare(node, free) : free;
  };
  const nodes = chooseGang(cluster, pool, shape, endMs, available);
  return nodes && claimFor(shape, nodes, rails(cluster, nodes, shape.gpusPerNode), WHOLE);
}

/** One node: the fewest whole GPUs left, then the least overhang past its last end, then the least gap, then admitted first. */
function fitNode(cluster: Cluster, pool: Pool, shape: Shape, gpus: number, endMs: number, room?: Room): Claim | undefined {
  const { cpuMilli = 0, memoryMib = 0 } = shape;
  const plain = cpuMilli === 0 && memoryMib === 0;
  for (let free = gpus; free <= pool.largest; free++) {
    if (pool.counts[free] === 0) continue;
    const bucket = pool.buckets[free]!;
    let best = -1;
    let overhang = Infinity;
    let gap = Infinity;
    for (let n = bucket.next(0); n >= 0; n = bucket.next(n + 1)) {
      if (!plain && !cluster.hasHost(n, cpuMilli, memoryMib)) continue;
      if (room && room.spare(n, free) < gpus) continue;
      const past = endMs - cluster.lastEnd[n]!;
      const over = past > 0 ? past : 0;
      const short = past > 0 ? 0 : -past;
      if (over < overhang || (over === overhang && short < gap)) {
        best = n;
        overhang = over;
        gap = short;
      }
      if (plain && free === pool.largest && cluster.lastEnd[n] === 0) break; // empty nodes are all alike
    }
    if (best >= 0) return claimFor(shape, [best], [lowestBits(cluster.free[best]!, gpus)], WHOLE);
  }
  return undefined;
}

/** A share of a GPU: the shared GPU with the least room that suffices; a whole one is opened only without such. */
function fitFraction(cluster: Cluster, pool: Pool, shape: Shape, endMs: number, room?: Room): Claim | undefined {
  const { gpuMilli: milli, cpuMilli, memoryMib } = shape;
  let [best, node, mask] = [WHOLE, -1, 0];
  for (let n = pool.sharing.next(0); n >= 0 && best > milli; n = pool.sharing.next(n + 1))
    for (let bits = cluster.hasHost(n, cpuMilli, memoryMib) ? cluster.shared[n]! : 0; bits !== 0; bits &= bits - 1) {
      const bit = lowestBit(bits);
      const left = cluster.milli[n * MAX_GPUS + bit]!;
      if (left >= milli && left < best && (!room || room.allows(n, 1 << bit))) [best, node, mask] = [left, n, 1 << bit];
    }
  if (node >= 0) return claimFor(shape, [node], [mask], milli);
  const whole = fitNode(cluster, pool, shape, 1, endMs, room);
  return whole && { ...whole, milli };
}

/**
 * A MIG instance: where it does the least harm to what its GPU is still good for, among GPUs that are cut already the
 * one with the fewest slices left; a whole one is cut only without such. Ties: the node admitted first, the lower GPU.
 */
function fitInstance(cluster: Cluster, pool: Pool, shape: Shape, profile: MigProfileName, endMs: number, room?: Room): Claim | undefined {
  const milli = migMilli(profile);
  let [leastHarm, leastLeft, best] = [Infinity, Infinity, undefined as Claim | undefined];
  for (let n = pool.members.next(0); n >= 0; n = pool.members.next(n + 1))
    for (let bits = cluster.hasHost(n, shape.cpuMilli, shape.memoryMib) ? cluster.sliced[n]! : 0; bits !== 0; bits &= bits - 1) {
      const bit = lowestBit(bits);
      const taken = cluster.slices[n * MAX_GPUS + bit]!;
      const place = migStart(profile, taken);
      if (!place || (room && !room.allows(n, 1 << bit))) continue;
      const left = freeSlices(taken);
      if (place.harm > leastHarm || (place.harm === leastHarm && left >= leastLeft)) continue;
      [leastHarm, leastLeft, best] = [place.harm, left, claimFor(shape, [n], [1 << bit], milli, migBits(profile, place.start))];
    }
  if (best) return best;
  const whole = fitNode(cluster, pool, shape, 1, endMs, room);
  const place = migStart(profile, 0);
  return whole && place && { ...whole, milli, slices: migBits(profile, place.start) };
}

/** The same rails on every node where they have enough in common, else the lowest of each. */
function rails(cluster: Cluster, nodes: readonly number[], gpus: number): number[] {
  const common = nodes.reduce((mask, node) => mask & cluster.free[node]!, -1);
  const aligned = popcount(common) >= gpus ? lowestBits(common, gpus) : undefined;
  return nodes.map((node) => aligned ?? lowestBits(cluster.free[node]!, gpus));
}
