import { createHash } from 'node:crypto';
import type { ClusterShape } from '../queueing/cluster.js';
import type { Progress } from '../mode.js';
import { deepQueueOf, Submissions } from './world.js';

/** Milliseconds of each plan. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface DeepQueue {
  /** Of a complete plan: the decisions, an estimated start and a reason for every job that waits. */
  readonly plan_ms: Spread;
  /** Of which: the decisions, the estimated starts, the reasons. */
  readonly parts_ms: { readonly decisions: Spread; readonly estimates: Spread; readonly reasons: Spread };
  readonly pending: number;
  readonly with_estimate: number;
  readonly with_reason: number;
  readonly plans: number;
  readonly decisions_sha256: string;
}

/** Between two plans. */
const STEP_MS = 1_000;
/** So many more wait before a plan: as many as the end of the largest job can start. */
const SPARE_JOBS = 128;

/**
 * So many plans, each after something has changed: a job has ended, and others have come for those that start.
 * The last one is what is told of pending jobs, estimates and reasons.
 */
export function deepQueue(cluster: ClusterShape, pending: number, seed: number, plans: number, progress: Progress): DeepQueue {
  const submissions = new Submissions(seed, cluster);
  const { engine, nowMs } = deepQueueOf(cluster, pending, submissions);
  const decided = createHash('sha256');
  const times = { decisions: [] as number[], estimates: [] as number[], reasons: [] as number[], all: [] as number[] };
  let last = { pending: 0, with_estimate: 0, with_reason: 0 };
  for (let i = 1; i <= plans; i++) {
    const now = nowMs + i * STEP_MS;
    const [ended] = engine.overdue(Infinity);
    if (ended !== undefined) engine.finished(ended, now);
    for (let missing = pending + SPARE_JOBS - engine.pending().length; missing > 0; missing--) engine.submit(submissions.next());
    const start = performance.now();
    const decisions = engine.plan(now);
    const planned = performance.now();
    const starts = engine.estimates(now);
    const estimated = performance.now();
    const reasons = engine.whyAll(now);
    const end = performance.now();
    times.decisions.push(planned - start);
    times.estimates.push(estimated - planned);
    times.reasons.push(end - estimated);
    times.all.push(end - start);
    decided.update(JSON.stringify(decisions));
    last = { pending: engine.pending().length, with_estimate: starts.size, with_reason: reasons.filter(({ length }) => length > 0).length };
    progress(i, plans);
  }
  const parts_ms = { decisions: spreadOf(times.decisions), estimates: spreadOf(times.estimates), reasons: spreadOf(times.reasons) };
  return { plan_ms: spreadOf(times.all), parts_ms, ...last, plans, decisions_sha256: decided.digest('hex') };
}

function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]! * 1000) / 1000;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
