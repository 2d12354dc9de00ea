/** A small world for the engine's specs: one site or more, easy names. */
import { createHash } from 'node:crypto';
import { Engine, type JobAsk, type NodeSpec, type PermitFunction } from '../src/engine/index.js';

export const allowAll: PermitFunction = () => ({ allowed: true, policy: 'policy_base', policyVersion: 1, rules: ['baseline'] });

export const nodeSpec = (name: string, { gpus = 8, unit = 1, site = 'paris', country = 'FR' } = {}): NodeSpec => ({
  node: name, name, site, scalableUnit: unit, country, jurisdiction: country, certifications: [],
  gpus: Array.from({ length: gpus }, (_, index) => ({ id: `${name}.${index}`, index, rail: index, model: 'H100' })),
});

/** Nodes `n0`, `n1`, …: so many per scalable unit. */
export function world(nodes: number, options: { gpus?: number; perUnit?: number; permit?: PermitFunction; quota?: number } = {}): Engine {
  const engine = Engine.empty(options.permit ?? allowAll);
  engine.setQueue('batch', { priority: 0, defaultTimeLimitS: 3600 });
  for (const tenant of ['ada', 'bob']) engine.setQuota(tenant, { guaranteed: options.quota ?? 100_000, borrowable: 0, weight: 1 });
  for (let n = 0; n < nodes; n++) engine.admitNode(nodeSpec(`n${n}`, { gpus: options.gpus ?? 8, unit: Math.floor(n / (options.perUnit ?? 32)) + 1 }));
  return engine;
}

export const ask = (job: string, over: Partial<JobAsk> = {}): JobAsk => ({
  job, tenant: 'ada', queue: 'batch', nodes: 1, gpusPerNode: 1, gpuMilli: 1000, priority: 0, dataClass: 'internal', arrivedMs: 0, ...over,
});

export const codes = (engine: Engine, job: string, nowMs = 0): string[] | undefined => engine.why(job, nowMs)?.reasons.map(({ code }) => code);

export const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** What happens to a job of a simulation: it asks, and runs for a share of its limit. */
export interface SimJob {
  readonly ask: JobAsk;
  readonly share: number;
}

/**
 * Runs the jobs to their end, one event at a time, and tells each plan.
 * @param between called after each plan with the engine; what it returns goes on
 */
export function simulate(engine: Engine, jobs: readonly SimJob[], onPlan: (decided: ReturnType<Engine['plan']>, engine: Engine) => Engine | void): Engine {
  const ends: { at: number; job: string }[] = [];
  const arrivals = [...jobs].sort((a, b) => a.ask.arrivedMs - b.ask.arrivedMs);
  const byJob = new Map(jobs.map((job) => [job.ask.job, job]));
  let running = engine;
  while (arrivals.length > 0 || ends.length > 0) {
    const now = Math.min(arrivals[0]?.ask.arrivedMs ?? Infinity, ends[0]?.at ?? Infinity);
    while (ends[0]?.at === now) running.finished(ends.shift()!.job, now);
    while (arrivals[0]?.ask.arrivedMs === now) running.submit(arrivals.shift()!.ask);
    const decided = running.plan(now);
    for (const { job, timeLimitS } of decided.placements) ends.push({ at: now + Math.max(1, Math.round(timeLimitS * 1000 * byJob.get(job)!.share)), job });
    ends.sort((a, b) => a.at - b.at || (a.job < b.job ? -1 : 1));
    running = onPlan(decided, running) ?? running;
  }
  return running;
}
