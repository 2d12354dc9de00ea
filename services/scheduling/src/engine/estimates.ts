/** When each job that waits will start, as far as limits tell: in order, each where it can start first. */
import type { JobClass, WaitingJob } from './backlog.js';
import { Kept } from './kept.js';
import type { Pool } from './pool.js';
import type { EngineState } from './state.js';
import type { TenantUse } from './tenants.js';
import { type Place, Timeline } from './timeline.js';

/**
 * No backfill is foreseen, so most jobs start earlier than this, and some that others overtake start later. A reserved
 * start is told as it is. Cores, memory and power are not looked at.
 * @returns job → milliseconds; a job that cannot start as things are (barred, not permitted, larger than the
 * site or its tenant's quota, unknown queue) has none
 */
export function estimate(state: EngineState, nowMs: number): Map<string, number> {
  const kept = new Kept(state.cluster, state.advance.values(), nowMs);
  const timelines = new Map(state.cluster.pools.map((pool) => [pool, new Timeline(state, pool, kept, nowMs)]));
  const quotas = new Map<TenantUse, QuotaLine>();
  const reserved = new Map(state.reservations.map((each) => [each.job, each]));
  const starts = new Map<string, number>();
  for (const job of state.backlog.jobs) {
    const { cls, ask, limitMs } = job;
    const { tenant, milli } = cls;
    if (!job.queue || tenant.barredBy.size > 0 || milli > tenant.cap) continue;
    const quota = quotas.get(tenant) ?? new QuotaLine(state, tenant, nowMs);
    quotas.set(tenant, quota);
    const own = reserved.get(ask.job);
    const place = own ? timelines.get(own.pool)!.reserved(own) : earliest(job, state.permittedFor(cls), timelines, quota.earliest(milli));
    if (!place) continue;
    place.timeline.occupy(ask, place, place.startMs + limitMs);
    quota.hold(milli, place.startMs + limitMs);
    starts.set(ask.job, place.startMs);
  }
  return starts;
}

function earliest({ ask, limitMs }: WaitingJob, permitted: JobClass['permitted'], timelines: ReadonlyMap<Pool, Timeline>, fromMs: number): Place | undefined {
  let best: Place | undefined;
  for (const { pool } of permitted) {
    const place = timelines.get(pool)!.earliest(ask, limitMs, fromMs);
    if (place && place.startMs < (best?.startMs ?? Infinity)) best = place;
  }
  return best;
}

/** When a tenant's quota has room again. */
class QuotaLine {
  /** What it holds, the first end first; from `gone` on. */
  private readonly ends: { readonly atMs: number; readonly milli: number }[] = [];
  private gone = 0;
  private inUse: number;
  private readonly cap: number;
  /** The quota is more than there are GPUs: it never binds. */
  private readonly ample: boolean;
  private atMs: number;

  constructor(state: EngineState, tenant: TenantUse, nowMs: number) {
    [this.inUse, this.cap, this.atMs] = [tenant.inUse, tenant.cap, nowMs];
    this.ample = this.cap >= state.cluster.capacity;
    if (!this.ample) for (const { job, endMs } of state.running.jobs) if (job.cls.tenant === tenant) this.ends.push({ atMs: endMs, milli: job.cls.milli });
  }

  earliest(milli: number): number {
    if (this.ample) return this.atMs;
    while (this.inUse + milli > this.cap && this.gone < this.ends.length) {
      const { atMs, milli: freed } = this.ends[this.gone++]!;
      this.inUse -= freed;
      this.atMs = Math.max(this.atMs, atMs);
    }
    return this.atMs;
  }

  hold(milli: number, endMs: number): void {
    if (this.ample) return;
    this.inUse += milli;
    let [low, high] = [this.gone, this.ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ends[middle]!.atMs <= endMs) low = middle + 1;
      else high = middle;
    }
    this.ends.splice(low, 0, { atMs: endMs, milli });
  }
}
