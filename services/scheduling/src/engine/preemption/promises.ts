import { popcount } from '../bits.js';
import type { WaitingJob } from '../backlog.js';
import { Kept } from '../kept.js';
import type { Profile } from '../profile.js';
import type { RunningJob } from '../running.js';
import type { EngineState } from '../state.js';
import type { SpareFor } from './orders.js';
import type { Promised } from './promise.js';

/** The plan's walk, as far as promises need it. */
interface Walker {
  readonly profile: Profile;
  startOn(job: WaitingJob, nodes: readonly number[]): boolean;
  keep(job: WaitingJob, promise: Promised): void;
}

/** Before anything else is placed: promised jobs start where they can, else their nodes are kept; what cannot come true is dropped. */
export function keepPromises(state: EngineState, walk: Walker, nowMs: number): void {
  if (state.promised.size === 0) return;
  const awaited = new Set(state.running.jobs.map(({ leaving }) => leaving?.for));
  for (const [id, promise] of state.promised) {
    const job = state.waiting.get(id);
    const held = state.holding.get(id);
    const vain = promise.nodes.some((node) => state.cluster.status[node] !== 'open') || !awaited.has(id);
    if ((job && walk.startOn(job, promise.nodes)) || vain || !(job ?? held)) state.promised.delete(id);
    else if (job) walk.keep(job, promise);
    else if (held) walk.profile.reserve({ ...promise, holder: held.job.cls, startMs: nowMs, endMs: Infinity });
  }
}

/** Another engine has asked this job to make room: of whatever it has promised, the nodes that are being left are known. */
export function hearOfPromise({ promised }: EngineState, job: string, { pool, claim, endMs }: RunningJob): void {
  const { nodes, atMs } = promised.get(job) ?? { nodes: [], atMs: 0 };
  promised.set(job, { job, pool, nodes: [...new Set([...nodes, ...claim.nodes])], atMs: Math.max(atMs, endMs) });
}

/** Whole free GPUs of a node that is not promised to another job, nor kept for another tenant while this one would run. */
export const spareBesidePromises = (state: EngineState): SpareFor => ({ ask, limitMs }, fromMs) => {
  const others = new Kept(state.cluster, state.advance.values(), state.plannedMs);
  const kept = new Set([...state.promised.values()].flatMap(({ job: id, nodes }) => (id === ask.job ? [] : nodes)));
  return (node) => (kept.has(node) || others.keeps(node, ask.tenant, fromMs, fromMs + limitMs) ? -1 : popcount(state.cluster.free[node]!));
};
