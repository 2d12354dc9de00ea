import type { JobClass, WaitingJob } from './backlog.js';
import { fit } from './fit.js';
import { reserve } from './reservation.js';
import type { EngineState } from './state.js';
import { gpusOf } from './names.js';
import type { Decisions, Placement } from './types.js';

/**
 * EASY backfill: walks the jobs in order and starts what fits. The first one that does not gets a reserved start
 * in the pool where it starts earliest; a later job may start before it only when it ends by then or leaves the
 * reserved GPUs. A job whose quota, rules or tenant's switch say no is passed over and reserves nothing.
 *
 * A class that cannot start is not asked again in the same plan, and the walk ends when all are blocked, so a deep
 * queue costs what its kinds of jobs cost, not what its jobs do.
 */
export function plan(state: EngineState, nowMs: number): Decisions {
  if (!state.dirty) return decisions(state, nowMs, []);
  state.dirty = false;
  state.plans += 1;
  age(state, nowMs);

  const { backlog } = state;
  const placements: Placement[] = [];
  const started = new Set<WaitingJob>();
  const before = state.reservedAt === state.cluster.version ? state.reservations : [];
  state.reservations = [];
  let blocked = 0;
  for (const job of backlog.jobs) {
    const { cls } = job;
    if (!job.queue || (cls.blockedIn === state.plans && job.limitMs >= cls.blockedFromMs)) continue;
    const placed = start(state, job, nowMs);
    if (placed) {
      placements.push(placed);
      started.add(job);
      continue;
    }
    const fromMs = refusedFrom(state, job, nowMs, before);
    const wasFull = cls.blockedIn === state.plans && cls.blockedFromMs <= cls.minLimitMs;
    cls.blockedIn = state.plans;
    cls.blockedFromMs = fromMs;
    if (!wasFull && fromMs <= cls.minLimitMs) blocked += 1;
    if (blocked === backlog.liveClasses) break;
  }
  if (started.size > 0) backlog.removeAll(started);
  for (const job of started) state.waiting.delete(job.ask.job);
  state.reservedAt = state.cluster.version;
  return decisions(state, nowMs, placements);
}

/** Places the job if every constraint allows it now. */
function start(state: EngineState, job: WaitingJob, nowMs: number): Placement | undefined {
  const { cls, ask } = job;
  const tenant = state.tenants.of(ask.tenant);
  if (tenant.barredBy.size > 0 || !state.withinQuota(cls, state.reservations)) return undefined;
  const permitted = state.permittedFor(cls);
  if (cls.misfitAt === state.cluster.freed) return undefined;
  const endMs = nowMs + job.limitMs;
  for (const { pool, permit } of permitted) {
    const reservation = state.reservations.find((each) => each.pool === pool);
    const long = reservation && endMs > reservation.startMs ? reservation : undefined;
    const claim = fit(state.cluster, pool, ask, endMs, long);
    if (!claim) continue;
    long?.taken(claim);
    state.hold(job, pool, claim, nowMs);
    return {
      job: ask.job,
      tenant: ask.tenant,
      site: pool.facts.site,
      gpuModel: pool.model,
      gpuMilli: ask.gpuMilli,
      timeLimitS: job.limitMs / 1000,
      placements: gpusOf(state.cluster, claim),
      permit,
    };
  }
  return undefined;
}

/**
 * Reserves for a job that waits for GPUs when none of its pools is reserved yet.
 * @returns from which limit on jobs of its class are blocked for the rest of this plan
 */
function refusedFrom(state: EngineState, job: WaitingJob, nowMs: number, before: EngineState['reservations']): number {
  const { cls, ask } = job;
  const tenant = state.tenants.of(ask.tenant);
  if (tenant.barredBy.size > 0 || !state.withinQuota(cls, state.reservations)) return 0;
  const pools = state.permittedFor(cls).map(({ pool }) => pool);
  if (state.reservations.some(({ pool }) => pools.includes(pool))) return misfit(state, cls, nowMs, job.limitMs);
  cls.misfitAt = state.cluster.freed;
  const kept = before.find((each) => each.job === ask.job && each.startMs > nowMs && state.reservedAt === state.cluster.version);
  const choices = kept ? [kept] : pools.flatMap((pool) => reserve(state.cluster, pool, ask.job, cls, state.running.jobs, nowMs) ?? []);
  const [earliest] = choices.sort((a, b) => a.startMs - b.startMs || a.pool.number - b.pool.number);
  if (earliest) state.reservations.push(earliest);
  return 0;
}

/** Whether it is the reservation alone that stops it: then a shorter job of the class may still start. */
function misfit(state: EngineState, cls: JobClass, nowMs: number, limitMs: number): number {
  if (cls.misfitAt === state.cluster.freed) return 0;
  const fits = cls.permitted.some(({ pool }) => fit(state.cluster, pool, cls.sample, nowMs + limitMs) !== undefined);
  if (fits) return limitMs;
  cls.misfitAt = state.cluster.freed;
  return 0;
}

/** Once a minute: what has waited for too long becomes old. */
function age(state: EngineState, nowMs: number): void {
  state.load.observe(state.backlog.work, state.cluster.capacity);
  const minute = Math.floor(nowMs / 60_000);
  if (minute === state.agedMinute) return;
  state.agedMinute = minute;
  state.backlog.age(nowMs - state.load.oldAfterMs);
}

const decisions = (state: EngineState, nowMs: number, placements: Placement[]): Decisions => ({
  nowMs,
  placements,
  preemptions: [],
  repairs: [],
  evictions: [],
  reservations: state.reservations.map(({ job, pool, startMs, masks }) => ({
    job,
    site: pool.facts.site,
    startMs,
    nodes: [...masks.keys()].map((node) => state.cluster.specs[node]!.node),
  })),
});
