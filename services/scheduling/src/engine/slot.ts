/** When the GPUs of a blocked job come free, by limits and after what is reserved already, and which they are. */
import type { JobClass } from './backlog.js';
import { allBits, lowestBit } from './bits.js';
import type { Cluster } from './cluster.js';
import { chooseGang } from './gang.js';
import { isMigProfile, migStart } from './mig.js';
import type { Pool } from './pool.js';
import { amountOf, type Profile } from './profile.js';
import type { Quotas } from './quota.js';
import type { Slot } from './reservation.js';
import type { Running } from './running.js';
import type { JobAsk } from './types.js';
import { MAX_GPUS, WHOLE } from './units.js';

/**
 * The earliest start of a job that does not fit now: when its GPUs are free and its tenant's quota has room, both for
 * its whole limit.
 * @returns undefined when the pool, as far as it is open, is too small for it
 */
export function earliestSlot(cluster: Cluster, running: Running, profile: Profile, quotas: Quotas, pool: Pool, cls: JobClass, limitMs: number): Slot | undefined {
  let fromMs = quotas.earliest(cls, profile.nowMs, limitMs);
  while (fromMs < Infinity) {
    const slot = earliestOnGpus(cluster, running, profile, pool, cls.sample, limitMs, fromMs);
    if (!slot) return undefined;
    fromMs = quotas.earliest(cls, slot.startMs, limitMs);
    if (fromMs === slot.startMs) return slot;
  }
  return undefined;
}

function earliestOnGpus(cluster: Cluster, running: Running, profile: Profile, pool: Pool, ask: JobAsk, limitMs: number, fromMs: number): Slot | undefined {
  const whole = earliestWhole(cluster, profile, pool, ask, limitMs, fromMs);
  if (ask.gpuMilli === WHOLE) return whole;
  const shared = earliestShare(cluster, running, profile, pool, ask, limitMs, fromMs);
  return shared && !(whole && whole.startMs <= shared.startMs) ? shared : whole;
}

/** A job of one node goes where the fewest GPUs are left, whatever the unit. */
const anywhere = ({ gpusPerNode }: JobAsk): Pick<JobAsk, 'nodes' | 'gpusPerNode' | 'topology'> => ({ nodes: 1, gpusPerNode, topology: { preferred: 'site' } });

/** Goes from time to time at which enough nodes have the amount, until the gang's rule finds its nodes among them. */
function earliestWhole(cluster: Cluster, profile: Profile, pool: Pool, ask: JobAsk, limitMs: number, fromMs: number): Slot | undefined {
  const amount = amountOf(ask);
  const members = pool.nodes();
  const from = new Float64Array(members.length).fill(fromMs);
  let startMs = fromMs;
  for (;;) {
    for (const [i, node] of members.entries()) if (from[i]! <= startMs) from[i] = profile.earliest(node, amount, ask.tenant, startMs, limitMs);
    const next = enoughFrom(cluster, members, from, ask);
    if (next === Infinity) return undefined;
    if (next === startMs) {
      const open = new Map<number, number>();
      for (const [i, node] of members.entries()) if (from[i] === startMs) open.set(node, profile.gpusOver(node, amount, startMs, startMs + limitMs));
      const nodes = chooseGang(cluster, pool, ask.nodes === 1 ? anywhere(ask) : ask, startMs + limitMs, (node) => open.get(node) ?? -1);
      if (nodes) return { startMs, nodes };
      // Enough nodes, but not as the gang needs them: on to when one more is free.
      startMs = from.reduce((soonest, each) => (each > startMs && each < soonest ? each : soonest), Infinity);
      if (startMs === Infinity) return undefined;
    } else startMs = next;
  }
}

/** When as many nodes are free as the gang needs: of the pool, or of one unit where it must stay in one. */
function enoughFrom(cluster: Cluster, members: readonly number[], from: Float64Array, { nodes, topology }: JobAsk): number {
  if (nodes === 1) return from.reduce((least, each) => Math.min(least, each), Infinity);
  if (topology?.required !== 'unit') return from.length < nodes ? Infinity : from.slice().sort()[nodes - 1]!;
  const units = new Map<number, number[]>();
  for (const [i, node] of members.entries()) {
    const unit = units.get(cluster.specs[node]!.scalableUnit);
    if (unit) unit.push(from[i]!);
    else units.set(cluster.specs[node]!.scalableUnit, [from[i]!]);
  }
  return Math.min(Infinity, ...[...units.values()].map((each) => (each.length < nodes ? Infinity : each.sort((a, b) => a - b)[nodes - 1]!)));
}

/** The GPU that is shared already and first has room; ties: the node admitted first, the lower GPU. */
function earliestShare(cluster: Cluster, running: Running, profile: Profile, pool: Pool, ask: JobAsk, limitMs: number, fromMs: number): Slot | undefined {
  let best: Slot | undefined;
  const host = { ...amountOf(ask), gpus: 0 };
  for (let node = pool.members.next(0); node >= 0; node = pool.members.next(node + 1))
    for (let bits = allBits(cluster.specs[node]!.gpus.length) & ~cluster.free[node]!; bits !== 0; bits &= bits - 1) {
      const bit = lowestBit(bits);
      const roomMs = Math.max(fromMs, roomFrom(cluster, running, profile, node, bit, ask), profile.shareReservedOn(node, bit)?.toMs ?? 0);
      const freeMs = profile.freeFrom(node, bit);
      if (roomMs >= freeMs || roomMs >= (best?.startMs ?? Infinity)) continue;
      const startMs = profile.earliest(node, host, ask.tenant, roomMs, limitMs);
      const endMs = startMs + limitMs;
      if (startMs >= freeMs || startMs >= (best?.startMs ?? Infinity)) continue;
      if (endMs > freeMs && profile.gpusOver(node, host, freeMs, endMs) < 1) continue;
      best = { startMs, nodes: [node], bit };
    }
  return best;
}

/** When those that share the GPU leave room enough. */
function roomFrom(cluster: Cluster, running: Running, profile: Profile, node: number, bit: number, { gpuMilli, migProfile }: JobAsk): number {
  const mig = migProfile !== undefined && isMigProfile(migProfile) ? migProfile : undefined;
  const gpu = node * MAX_GPUS + bit;
  let [left, taken] = [cluster.milli[gpu]!, cluster.slices[gpu]!];
  const holders = running.on(node).filter(({ claim }) => (claim.masks[claim.nodes.indexOf(node)]! & (1 << bit)) !== 0);
  const cut = holders.some(({ claim }) => claim.slices !== undefined);
  // A GPU is cut into instances or shared by thousandths, never both.
  if (cut !== (mig !== undefined)) return Infinity;
  const fits = (): boolean => left >= gpuMilli && (mig === undefined || migStart(mig, taken) !== undefined);
  if (fits()) return profile.nowMs;
  for (const { claim, endMs } of holders.toSorted((a, b) => a.endMs - b.endMs || a.job.seq - b.job.seq)) {
    left += claim.milli;
    taken &= ~(claim.slices ?? 0);
    if (fits()) return profile.due(endMs);
  }
  return Infinity;
}
