import { keepPromises, spareBesidePromises } from './preemption/promises.js';
import { mend, type Mended, NOTHING_TO_MEND } from './repair/mend.js';
import { reviewAt } from './review.js';
import type { EngineState } from './state.js';
import type { Decisions, Placement, Preemption } from './types.js';
import { Walk } from './walk.js';

/** Starts what may start now; `walk.ts` says how. Without any change since the last plan there is nothing to decide. */
export function plan(state: EngineState, nowMs: number): Decisions {
  if (!state.dirty && nowMs < state.wakeAtMs) return decisions(state, nowMs, [], [], NOTHING_TO_MEND);
  state.plannedMs = nowMs;
  state.plans += 1;
  reviewAt(state, nowMs);
  state.packing.look();

  const mended = state.troubled ? mend(state, nowMs, spareBesidePromises(state)) : NOTHING_TO_MEND;
  const walk = new Walk(state, nowMs);
  keepPromises(state, walk, nowMs);
  for (const job of state.backlog.jobs) {
    walk.visit(job);
    if (walk.over) break;
  }
  if (walk.started.length > 0) state.backlog.removeAll(walk.started);
  for (const job of walk.started) state.waiting.delete(job.ask.job);
  state.reservations = walk.reservations;
  state.powerKept = walk.powerKept;
  state.reservedAt = state.cluster.version;
  state.wakeAtMs = Math.min(mended.wakeAtMs, keptUntil(state, nowMs), firstOf(walk.orders));
  state.dirty = false;
  const decided = decisions(state, nowMs, walk.placements, walk.orders, mended);
  return walk.moves.length > 0 ? { ...decided, moves: walk.moves } : decided;
}

/** When the first of them has to be gone. */
function firstOf(orders: readonly Preemption[]): number {
  let first = Infinity;
  for (const { byMs } of orders) if (byMs < first) first = byMs;
  return first;
}

/** When nodes that are kept for somebody are next open to all again: that is a change although nothing happens. */
function keptUntil(state: EngineState, nowMs: number): number {
  let next = Infinity;
  if (state.advance.size === 0) return next;
  for (const { toMs } of state.advance.values()) if (toMs > nowMs && toMs < next) next = toMs;
  return next;
}

const decisions = (state: EngineState, nowMs: number, placements: readonly Placement[], preempted: readonly Preemption[], mended: Mended): Decisions => ({
  nowMs,
  placements,
  preemptions: mended.preemptions.length === 0 ? preempted : [...mended.preemptions, ...preempted],
  repairs: mended.repairs,
  evictions: mended.evictions,
  wakeAtMs: state.wakeAtMs === Infinity ? undefined : state.wakeAtMs,
  reservations: state.reservations.map(({ job, pool, startMs, nodes }) => ({
    job,
    site: pool.facts.site,
    startMs,
    nodes: nodes.map((node) => state.cluster.specs[node]!.node),
  })),
});
