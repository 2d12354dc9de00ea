/** Whose GPUs a job could use: the cheapest set of victims inside one topology domain, and no one whom it does not need. */
import { lowestBit, popcount } from '../bits.js';
import type { Pool } from '../pool.js';
import type { RunningJob } from '../running.js';
import type { EngineState } from '../state.js';
import { WHOLE } from '../units.js';
import { borrowedBy, rightOver, type Claimant, type PreemptionReason } from './rank.js';

export interface Victim {
  readonly held: RunningJob;
  readonly reason: PreemptionReason;
}

export interface VictimSet {
  readonly pool: Pool;
  readonly nodes: readonly number[];
  readonly victims: readonly Victim[];
}

/** Milli-GPU milliseconds of work that would have to be done again if it stopped without saving. */
const atStake = ({ startedMs, savedMs, job }: RunningJob, nowMs: number): number => (nowMs - Math.max(startedMs, savedMs)) * job.cls.milli;

/** What a choice of victims costs: the work at stake, and of equal ones the fewer GPUs. */
export const lossOf = (victims: readonly RunningJob[], nowMs: number): number => victims.reduce((sum, held) => sum + atStake(held, nowMs) + held.job.cls.milli, 0);

/** What may be stopped first: what borrows, the lower priority, the least work at stake, the latest start, the last submitted. */
function inOrder(state: EngineState, nowMs: number) {
  const borrows = ({ job }: RunningJob): number => Number(borrowedBy(state, job.ask.tenant) > 0);
  return (a: RunningJob, b: RunningJob): number =>
    borrows(b) - borrows(a) ||
    (a.job.queue?.priority ?? 0) - (b.job.queue?.priority ?? 0) ||
    a.job.ask.priority - b.job.ask.priority ||
    atStake(a, nowMs) - atStake(b, nowMs) ||
    b.startedMs - a.startedMs ||
    b.job.seq - a.job.seq;
}

/** The victims of one search: what they free on each node, and what the search may still ask for. */
class Selection {
  readonly chosen = new Set<RunningJob>();
  private readonly freedOf = new Map<string, number>();

  constructor(private readonly state: EngineState, private readonly claimant: Claimant, private readonly nowMs: number) {}

  right(held: RunningJob): PreemptionReason | undefined {
    return rightOver(this.state, this.claimant, held, this.freedOf.get(held.job.ask.tenant) ?? 0, this.nowMs);
  }

  add(held: RunningJob): void {
    this.chosen.add(held);
    this.count(held, held.job.cls.milli);
  }

  drop(held: RunningJob): void {
    this.chosen.delete(held);
    this.count(held, -held.job.cls.milli);
  }

  private count({ job: { ask } }: RunningJob, milli: number): void {
    this.freedOf.set(ask.tenant, (this.freedOf.get(ask.tenant) ?? 0) + milli);
  }
}

/** Room of a node once some of its jobs are gone. */
function roomWithout(state: EngineState, node: number, gone: Iterable<RunningJob>) {
  const { cluster } = state;
  const gpus = new Map<number, number>();
  let [cpu, memory] = [cluster.cpu[node]!, cluster.memory[node]!];
  for (const { claim } of gone) {
    const at = claim.nodes.indexOf(node);
    if (at < 0) continue;
    cpu += claim.cpu ?? 0;
    memory += claim.memory ?? 0;
    for (let bits = claim.masks[at]!; bits !== 0; bits &= bits - 1) {
      const bit = lowestBit(bits);
      gpus.set(bit, (gpus.get(bit) ?? cluster.milliOf(node, bit)) + claim.milli);
    }
  }
  let whole = popcount(cluster.free[node]!);
  let most = whole > 0 ? WHOLE : cluster.mostShared(node);
  for (const [bit, milli] of gpus) {
    if (milli === WHOLE) whole += 1;
    // What is cut into instances is shared with nobody until the last of them is gone.
    if (milli === WHOLE || (cluster.sliced[node]! & (1 << bit)) === 0) most = Math.max(most, milli);
  }
  return { whole, most, cpu, memory };
}

/**
 * The victims whose leaving lets the claimant run on `count` nodes of these: node by node where least is lost, then
 * without each that turns out not to be needed.
 * @param spare whole GPUs that the claimant may take of a node as it is; negative: it must not run there
 * @returns undefined when no set of victims does
 */
export function victimsAmong(state: EngineState, claimant: Claimant, pool: Pool, among: readonly number[], spare: (node: number) => number, nowMs: number): VictimSet | undefined {
  const { ask } = claimant.job;
  const compare = inOrder(state, nowMs);
  const selection = new Selection(state, claimant, nowMs);
  const fits = (node: number, gone: Iterable<RunningJob>): boolean => {
    const kept = popcount(state.cluster.free[node]!) - spare(node);
    const { whole, most, cpu, memory } = roomWithout(state, node, gone);
    const gpus = ask.gpuMilli < WHOLE ? most >= ask.gpuMilli && whole - kept >= (most === WHOLE ? 1 : 0) : whole - kept >= ask.gpusPerNode;
    return gpus && cpu >= (ask.cpuMilli ?? 0) && memory >= (ask.memoryMib ?? 0);
  };
  /** The least that has to leave this node, beside what leaves already. */
  const needed = (node: number): RunningJob[] | undefined => {
    const gone = new Set(selection.chosen);
    if (fits(node, gone)) return [];
    const added: RunningJob[] = [];
    for (const held of [...state.running.on(node)].sort(compare)) {
      if (gone.has(held) || selection.right(held) === undefined) continue;
      gone.add(held);
      added.push(held);
      if (fits(node, gone)) return added.filter((one) => !fits(node, [...gone].filter((other) => other !== one)) || (gone.delete(one), false));
    }
    return undefined;
  };

  const capable = among.filter((node) => spare(node) >= 0 && state.cluster.specs[node]!.gpus.length >= ask.gpusPerNode);
  const open = new Map(capable.flatMap((node) => { const list = needed(node); return list ? [[node, list] as const] : []; }));
  const nodes: number[] = [];
  while (nodes.length < ask.nodes) {
    let best: number | undefined;
    let least = Infinity;
    for (const [node, list] of open) {
      const cost = lossOf(list, nowMs);
      if (cost < least) [best, least] = [node, cost];
    }
    if (best === undefined) return undefined;
    const list = open.get(best)!;
    open.delete(best);
    nodes.push(best);
    const touched = new Set<number>();
    for (const held of list) {
      selection.add(held);
      for (const node of held.claim.nodes) touched.add(node);
    }
    // What leaves may free GPUs of other nodes, and its tenant may borrow no longer.
    if (list.length > 0)
      for (const node of open.keys()) {
        if (!touched.has(node) && open.get(node)!.every((held) => selection.right(held) !== undefined)) continue;
        const again = needed(node);
        if (again) open.set(node, again);
        else open.delete(node);
      }
  }
  for (const held of [...selection.chosen].sort((a, b) => compare(b, a))) {
    const rest = new Set(selection.chosen);
    rest.delete(held);
    if (nodes.every((node) => fits(node, rest))) selection.drop(held);
  }
  const victims = [...selection.chosen].flatMap((held) => {
    selection.drop(held);
    const reason = selection.right(held);
    selection.add(held);
    return reason ? [{ held, reason }] : [];
  });
  if (victims.length < selection.chosen.size || !raises(state, claimant, victims)) return undefined;
  return { pool, nodes, victims };
}

/** Whether more guaranteed GPUs are in use afterwards, where quotas are the right: else the victims could ask for them back. */
function raises(state: EngineState, { job }: Claimant, victims: readonly Victim[]): boolean {
  if (!victims.some(({ reason }) => reason === 'guaranteed-quota')) return true;
  const freed = new Map<string, number>();
  for (const { held } of victims) freed.set(held.job.ask.tenant, (freed.get(held.job.ask.tenant) ?? 0) + held.job.cls.milli);
  let lost = 0;
  for (const [tenant, milli] of freed) if (tenant !== job.ask.tenant) lost += Math.max(0, milli - Math.max(0, borrowedBy(state, tenant)));
  return job.cls.milli > lost;
}
