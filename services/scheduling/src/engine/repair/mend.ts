/**
 * Before a plan: what runs on nodes that are gone or about to go. A gang gets spares in the place of the nodes it has
 * lost and keeps the rest; what has lost its only node, or finds no spare in time, waits again. A drained node's jobs
 * run to their end where their limit is over before the deadline; others are asked to save their progress in time.
 */
import { gpusOf } from '../names.js';
import { askFor, order, type SpareFor } from '../preemption/orders.js';
import { graceOf } from '../preemption/rank.js';
import { victimsAmong } from '../preemption/victims.js';
import type { RunningJob } from '../running.js';
import type { EngineState } from '../state.js';
import type { Eviction, Preemption, Repair } from '../types.js';
import { joins, withSpares } from './spare.js';

/** How long a gang keeps its other nodes while it waits for a spare. */
const SPARE_WAIT_MS = 600_000;

export interface Mended {
  readonly repairs: readonly Repair[];
  readonly evictions: readonly Eviction[];
  readonly preemptions: readonly Preemption[];
  /** When to look again though nothing happens; infinite: not at all. */
  readonly wakeAtMs: number;
}

export const NOTHING_TO_MEND: Mended = { repairs: [], evictions: [], preemptions: [], wakeAtMs: Infinity };

/** @param spareFor whole GPUs of a node that are not kept for another than this job; negative: none at all */
export function mend(state: EngineState, nowMs: number, spareFor: SpareFor): Mended {
  const repairs: Repair[] = [];
  const evictions: Eviction[] = [];
  const preemptions: Preemption[] = [];
  let wakeAtMs = Infinity;
  const evict = (held: RunningJob, reason: Eviction['reason']): void => {
    held.evicted = true;
    evictions.push({ job: held.job.ask.job, reason });
  };
  const deadlineOf = ({ claim }: RunningJob): number => claim.nodes.reduce((least, node) => Math.min(least, state.drains.get(node) ?? Infinity), Infinity);
  let troubled = state.drains.size > 0;
  // A copy: what is found changes the order of ends. What a switch stops is being stopped by others.
  for (const held of [...state.running.jobs].filter(({ evicted, job }) => !evicted && state.tenants.of(job.ask.tenant).barredBy.size === 0)) {
    const deadlineMs = deadlineOf(held);
    const gone = new Set(held.claim.nodes.filter((node) => state.cluster.status[node] === 'withdrawn' || (state.drains.get(node) ?? Infinity) <= nowMs));
    if (gone.size > 0) {
      troubled = true;
      held.brokenMs ??= nowMs;
      // What is to leave for another job does not get spares first.
      const yields = held.leaving?.for !== undefined;
      const claim = held.claim.nodes.length > 1 && !yields ? withSpares(state, held, gone, spareFor(held.job, nowMs)) : undefined;
      const drained = [...gone].every((node) => state.cluster.status[node] !== 'withdrawn');
      if (claim) repairs.push(replace(state, held, claim));
      else if (held.claim.nodes.length === 1 || yields || drained || nowMs >= held.brokenMs + SPARE_WAIT_MS) evict(held, drained ? 'drain' : 'no-spare');
      else {
        preemptions.push(...makeRoom(state, held, gone, nowMs, spareFor));
        wakeAtMs = Math.min(wakeAtMs, held.brokenMs + SPARE_WAIT_MS);
      }
      continue;
    }
    if (held.leaving) {
      troubled = true;
      if (held.endMs <= nowMs) evict(held, 'grace-over');
      else wakeAtMs = Math.min(wakeAtMs, held.endMs);
    } else if (held.endMs > deadlineMs) {
      const askMs = deadlineMs - graceOf(held.job);
      if (askMs <= nowMs) preemptions.push(order(state, held, 'drain', deadlineMs));
      wakeAtMs = Math.min(wakeAtMs, askMs <= nowMs ? deadlineMs : askMs);
    }
  }
  state.troubled = troubled;
  return { repairs, evictions, preemptions, wakeAtMs };
}

/** Asks others to make room for the spares, once, as far as the gang outranks them. */
function makeRoom(state: EngineState, held: RunningJob, lost: ReadonlySet<number>, nowMs: number, spareFor: SpareFor): Preemption[] {
  const { job, pool } = held;
  if (state.promised.has(job.ask.job)) return [];
  const wanting = { ...job, ask: { ...job.ask, nodes: lost.size } };
  const claimant = { job: wanting, guaranteed: job.cls.tenant.inUse <= job.cls.tenant.guaranteed };
  const found = victimsAmong(state, claimant, pool, pool.nodes().filter(joins(state, held, lost)), spareFor(job, nowMs + graceOf(job)), nowMs);
  return found ? askFor(state, job, found, nowMs, 'repair') : [];
}

function replace(state: EngineState, held: RunningJob, claim: RunningJob['claim']): Repair {
  const nameOf = (node: number): string => state.cluster.specs[node]!.node;
  const replaced = held.claim.nodes.flatMap((node, i) => (claim.nodes[i] === node ? [] : [{ node: nameOf(node), by: nameOf(claim.nodes[i]!) }]));
  const { startedMs, endMs, leaving, brokenMs = 0 } = held;
  held.repaired = { from: held.claim, startedMs, endMs, leaving, brokenMs };
  state.replaced(held, claim, state.plannedMs);
  return { job: held.job.ask.job, replaced, placements: gpusOf(state.cluster, claim) };
}
