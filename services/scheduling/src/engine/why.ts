/** Why a job waits: the fewest things that, if they were otherwise, would let it start now. Checked, not guessed. */
import { type Alternative, type Alternatives, poolIn } from './alternatives.js';
import type { WaitingJob } from './backlog.js';
import { aheadOf } from './ahead.js';
import { fit } from './fit.js';
import { OBSTACLES, type Obstacle } from './obstacles.js';
import type { Pool } from './pool.js';
import type { EngineState } from './state.js';
import { describe, type Reason } from './reasons.js';

/** The minimal set, or `larger-than-site` alone when nothing helps; empty: it starts at the next plan. */
export function reasonsOf(state: EngineState, job: WaitingJob, nowMs: number, alternatives: Alternatives): Reason[] {
  const relaxed = new Set<Obstacle>(OBSTACLES);
  if (!startsWith(state, job, nowMs, relaxed, alternatives)) return [describe(state, job, 'larger-than-site')];
  for (const obstacle of OBSTACLES) {
    relaxed.delete(obstacle);
    if (!startsWith(state, job, nowMs, relaxed, alternatives)) relaxed.add(obstacle);
  }
  return [...relaxed].map((obstacle) => describe(state, job, obstacle));
}

/** Whether the job would start now if these obstacles were away. More of them away is never worse. */
export function startsWith(state: EngineState, job: WaitingJob, nowMs: number, away: ReadonlySet<Obstacle>, alternatives: Alternatives): boolean {
  const { cls, ask } = job;
  const tenant = state.tenants.of(ask.tenant);
  if (!job.queue && !away.has('unknown-queue')) return false;
  if (tenant.barredBy.size > 0 && !away.has('tenant-barred')) return false;
  const reserved = away.has('behind-reservation') ? [] : aheadOf(state, job);
  if (!away.has('quota') && !state.withinQuota(cls, reserved)) return false;
  const pools = away.has('no-permit') ? state.poolsFor(cls) : state.permittedFor(cls).map(({ pool }) => pool);
  return pools.some((pool) => hasRoom(state, job, pool, nowMs, away, alternatives));
}

function hasRoom(state: EngineState, job: WaitingJob, pool: Pool, nowMs: number, away: ReadonlySet<Obstacle>, alternatives: Alternatives): boolean {
  const endMs = nowMs + job.limitMs;
  const reservation = away.has('behind-reservation') ? undefined : aheadOf(state, job).find((each) => each.pool === pool);
  if (fit(state.cluster, pool, job.ask, endMs, reservation && endMs > reservation.startMs ? reservation : undefined)) return true;
  const idle = away.has('not-enough-gpus');
  const cordoned = away.has('nodes-cordoned');
  if (idle || cordoned) {
    const other = alternatives.of(idle, cordoned, reservation !== undefined);
    if (!other.stillReserved.has(pool.number) && fit(other.cluster, poolIn(other, pool), job.ask, endMs)) return true;
  }
  // Enough is free, only not in this shape. What is reserved comes first wherever shapes are made to fit.
  return away.has('fragmentation') && !reservation && enoughInAnyShape(alternatives.of(idle, cordoned, false), pool, job);
}

function enoughInAnyShape(other: Alternative, pool: Pool, { ask, cls }: WaitingJob): boolean {
  const { cluster } = other;
  const { members } = poolIn(other, pool);
  let [free, capable] = [0, 0];
  for (let n = members.next(0); n >= 0; n = members.next(n + 1)) {
    free += cluster.freeMilli(n);
    if (cluster.specs[n]!.gpus.length >= ask.gpusPerNode) capable += 1;
  }
  return capable >= ask.nodes && free >= cls.milli;
}
