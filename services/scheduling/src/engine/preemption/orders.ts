import type { WaitingJob } from '../backlog.js';
import type { RunningJob } from '../running.js';
import type { EngineState } from '../state.js';
import type { Preemption } from '../types.js';
import { graceOf, type PreemptionReason } from './rank.js';
import type { VictimSet } from './victims.js';

/** Whole GPUs of a node that a job may take from a time on for its limit, beside what is kept for others; negative: none at all. */
export type SpareFor = (job: WaitingJob, fromMs: number) => (node: number) => number;

/** Asks the victims to leave and keeps their nodes for the job. */
export function askFor(state: EngineState, job: WaitingJob, { pool, nodes, victims }: VictimSet, nowMs: number, because?: 'repair'): Preemption[] {
  const orders = victims.map(({ held, reason }) => order(state, held, because ?? reason, nowMs + graceOf(held.job), job.ask.job));
  const atMs = Math.max(nowMs, ...orders.map(({ byMs }) => byMs));
  state.troubled = true;
  state.promised.set(job.ask.job, { job: job.ask.job, pool, nodes, atMs });
  return orders;
}

/** Asks the job to stop by then; its GPUs are counted as free from then on. */
export function order(state: EngineState, held: RunningJob, reason: PreemptionReason | 'repair' | 'drain', byMs: number, forJob?: string): Preemption {
  // By its limit at the latest; what has exceeded that has its grace nevertheless.
  state.leave(held, held.endMs > state.plannedMs ? Math.min(byMs, held.endMs) : byMs, forJob);
  return { job: held.job.ask.job, ...(forJob === undefined ? {} : { for: forJob }), reason, byMs: held.endMs };
}
