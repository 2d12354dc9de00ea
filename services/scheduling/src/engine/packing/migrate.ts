/**
 * Moves that make room for a job that fits nowhere. Only jobs that say that they can be moved are, within their pool,
 * and no more often than the budget allows: so many moves for a hundred placements, saved up, never borrowed.
 */
import { lowestBit, popcount } from '../bits.js';
import type { Claim, Cluster } from '../cluster.js';
import type { JobClass } from '../backlog.js';
import type { Pool } from '../pool.js';
import type { Room } from '../profile.js';
import type { Running, RunningJob } from '../running.js';
import { MAX_GPUS, WHOLE } from '../units.js';
import type { Kind } from './demand.js';
import { bestGpu } from './gains.js';
import type { Choice, Packing } from './packing.js';
import { GPU } from './value.js';

export interface Moved {
  readonly held: RunningJob;
  readonly claim: Claim;
}

/** Places where jobs that could be moved away would go: asked for once for each class of jobs and pool. */
class Elsewhere {
  private readonly best = new Map<JobClass, Map<Pool, Choice | undefined>>();

  constructor(
    private readonly packing: Packing,
    private readonly roomOf: (held: RunningJob) => Room | undefined,
  ) {}

  of(held: RunningJob, node: number): Choice | undefined {
    const { cls } = held.job;
    const perPool = this.best.get(cls) ?? new Map<Pool, Choice | undefined>();
    this.best.set(cls, perPool);
    if (!perPool.has(held.pool)) perPool.set(held.pool, this.choose(held));
    const best = perPool.get(held.pool);
    return best?.node === node ? this.choose(held, node) : best;
  }

  private choose(held: RunningJob, without = -1): Choice | undefined {
    const inner = this.roomOf(held);
    const room: Room | undefined =
      without < 0 ? inner : {
        spare: (node, free) => (node === without ? -1 : inner ? inner.spare(node, free) : free),
        allows: (node, gpus) => node !== without && (!inner || inner.allows(node, gpus)),
      };
    return this.packing.choose(this.packing.numberOf(held.job.cls), [{ pool: held.pool }], held.endMs, room);
  }
}

/**
 * The one job whose move makes room for one of the class at the least loss of value.
 * @param pools that the class may use @param room what is free to it for its whole limit; absent: all that is free
 * @param roomOf the same for a job that would be moved
 */
export function moveFor(cluster: Cluster, packing: Packing, running: Running, cls: JobClass, pools: JobClass['permitted'], room: Room | undefined, roomOf: (held: RunningJob) => Room | undefined): Moved | undefined {
  const { kinds } = packing.worth.demand;
  const kind = kinds[packing.numberOf(cls)]!;
  const elsewhere = new Elsewhere(packing, roomOf);
  let best: Moved | undefined;
  let most = -Infinity;
  for (const { pool } of pools)
    for (let node = pool.members.next(0); node >= 0; node = pool.members.next(node + 1)) {
      if (cluster.sliced[node] !== 0) continue;
      for (const held of running.on(node)) {
        if (!isMovable(held)) continue;
        const here = valueWithout(cluster, packing, node, held.claim, kind, room);
        if (here === undefined || here <= most) continue;
        for (const there of [elsewhere.of(held, node), besides(cluster, packing, node, held.claim, kind)]) {
          if (!there || here + there.score <= most) continue;
          most = here + there.score;
          best = { held, claim: { ...held.claim, nodes: [there.node], masks: [there.mask] } };
        }
      }
    }
  return best;
}

/** Moves for less than this part of a GPU are not worth their while. */
const LEAST_GAIN = GPU / 100;

/** The one move by which what remains gains most in value, and enough. @param pools where to look */
export function moveThatGains(cluster: Cluster, packing: Packing, running: Running, pools: JobClass['permitted'], roomOf: (held: RunningJob) => Room | undefined): Moved | undefined {
  const elsewhere = new Elsewhere(packing, roomOf);
  let best: Moved | undefined;
  let most = LEAST_GAIN;
  for (const { pool } of pools)
    for (let node = pool.members.next(0); node >= 0; node = pool.members.next(node + 1)) {
      if (cluster.sliced[node] !== 0) continue;
      for (const held of running.on(node)) {
        if (!isMovable(held)) continue;
        const there = elsewhere.of(held, node);
        const gain = there ? packing.lossOf(node, held.claim) + there.score : -Infinity;
        if (!there || gain <= most) continue;
        most = gain;
        best = { held, claim: { ...held.claim, nodes: [there.node], masks: [there.mask] } };
      }
    }
  return best;
}

const isMovable = ({ job, claim, leaving, brokenMs }: RunningJob): boolean =>
  job.ask.movable === true && claim.nodes.length === 1 && claim.slices === undefined && !leaving && brokenMs === undefined;

/** Another GPU of the same node that is shared already, for a share that leaves its own. */
function besides(cluster: Cluster, { worth: { value } }: Packing, node: number, { masks, milli }: Claim, kind: Kind): Choice | undefined {
  if (milli === WHOLE || !cluster.hasHost(node, kind.cpu, kind.memory)) return undefined;
  const bit = bestGpu(cluster, node, milli, value, cluster.shared[node]! & ~masks[0]!);
  if (bit < 0) return undefined;
  const free = cluster.milli[node * MAX_GPUS + bit]!;
  return { node, mask: 1 << bit, score: value[free - milli]! - value[free]! };
}

/** What the node's GPUs gain in value when the claim leaves and one of the kind comes; undefined where it still has no room. */
function valueWithout(cluster: Cluster, { worth: { value } }: Packing, node: number, claim: Claim, kind: Kind, room: Room | undefined): number | undefined {
  if (cluster.cpu[node]! + (claim.cpu ?? 0) < kind.cpu || cluster.memory[node]! + (claim.memory ?? 0) < kind.memory) return undefined;
  const [left] = claim.masks as [number];
  const freeOf = (bit: number): number => cluster.milli[node * MAX_GPUS + bit]! + ((left >>> bit) & 1) * claim.milli;
  let freed = 0;
  for (let bits = left; bits !== 0; bits &= bits - 1) freed += value[freeOf(lowestBit(bits))]! - value[cluster.milli[node * MAX_GPUS + lowestBit(bits)]!]!;
  let wholes = popcount(cluster.free[node]!);
  for (let bits = left; bits !== 0; bits &= bits - 1) if (freeOf(lowestBit(bits)) === WHOLE) wholes += 1;
  const spare = room ? room.spare(node, wholes) : wholes;
  if (kind.gpus !== 1 || kind.gpuMilli === WHOLE) return spare >= kind.gpus ? freed - kind.gpus * value[WHOLE]! : undefined;
  let least = Infinity;
  for (let bit = 0; bit < cluster.specs[node]!.gpus.length; bit++) {
    const free = freeOf(bit);
    if (free < kind.gpuMilli || (free === WHOLE ? spare < 1 : room && !room.allows(node, 1 << bit))) continue;
    least = Math.min(least, value[free]! - value[free - kind.gpuMilli]!);
  }
  return least === Infinity ? undefined : freed - least;
}
