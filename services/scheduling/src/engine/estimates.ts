/** When each job that waits will start, as far as limits tell: in order, each where it can start first. */
import type { JobClass, WaitingJob } from './backlog.js';
import { MAX_GPUS, WHOLE } from './units.js';
import { lowestBit } from './bits.js';
import type { Pool } from './pool.js';
import type { Shape } from './reservation.js';
import type { EngineState } from './state.js';

/**
 * No backfill is foreseen, so most jobs start earlier than this, and some that others overtake start later.
 * @returns job → milliseconds; a job that cannot start as things are (barred, not permitted, larger than the
 * site or its tenant's quota, unknown queue) has none
 */
export function estimate(state: EngineState, nowMs: number): Map<string, number> {
  const timelines = new Map(state.cluster.pools.map((pool) => [pool, new Timeline(state, pool, nowMs)]));
  const quotas = new Map<string, QuotaLine>();
  const reserved = new Map(state.reservations.map((each) => [each.job, each.startMs]));
  const starts = new Map<string, number>();
  for (const job of state.backlog.jobs) {
    const { tenant } = job.ask;
    const use = state.tenants.of(tenant);
    if (!job.queue || use.barredBy.size > 0 || job.cls.milli > use.cap) continue;
    const quota = quotas.get(tenant) ?? new QuotaLine(state, tenant, nowMs);
    quotas.set(tenant, quota);
    const fromMs = quota.earliest(job.cls.milli);
    const choice = earliest(job, state.permittedFor(job.cls), timelines, fromMs);
    if (!choice) continue;
    const startMs = reserved.get(job.ask.job) ?? choice.startMs;
    choice.timeline.occupy(job, choice, startMs);
    quota.hold(job.cls.milli, startMs + job.limitMs);
    starts.set(job.ask.job, startMs);
  }
  return starts;
}

/** GPUs of a pool that a job could take, and from when. */
interface Slot {
  readonly timeline: Timeline;
  readonly startMs: number;
  readonly share?: Share | undefined;
  readonly nodes: readonly Float64Array[];
}

interface Share {
  left: number;
  readonly atMs: number;
}

function earliest({ ask }: WaitingJob, permitted: JobClass['permitted'], timelines: ReadonlyMap<Pool, Timeline>, fromMs: number): Slot | undefined {
  let best: Slot | undefined;
  for (const { pool } of permitted) {
    const slot = timelines.get(pool)!.earliest(ask, fromMs);
    if (slot && slot.startMs < (best?.startMs ?? Infinity)) best = slot;
  }
  return best;
}

/** When the GPUs of each node of a pool come free, soonest first. */
class Timeline {
  private readonly nodes: Float64Array[] = [];
  /** GPUs that are shared already: room and from when. */
  private readonly shares: Share[] = [];

  constructor({ cluster, running }: EngineState, pool: Pool, nowMs: number) {
    const busy = new Map<number, Float64Array>();
    for (let n = pool.members.next(0); n >= 0; n = pool.members.next(n + 1)) {
      const times = new Float64Array(cluster.specs[n]!.gpus.length).fill(nowMs);
      busy.set(n, times);
      this.nodes.push(times);
      for (let bits = cluster.shared[n]!; bits !== 0; bits &= bits - 1)
        this.shares.push({ left: cluster.milli[n * MAX_GPUS + lowestBit(bits)]!, atMs: nowMs });
    }
    for (const { claim, endMs } of running.jobs)
      for (const [i, node] of claim.nodes.entries()) {
        const times = busy.get(node);
        if (times) for (let bits = claim.masks[i]!; bits !== 0; bits &= bits - 1) times[lowestBit(bits)] = Math.max(times[lowestBit(bits)]!, endMs);
      }
    for (const times of this.nodes) times.sort();
  }

  /** @returns undefined when the pool is too small */
  earliest({ nodes: count, gpusPerNode: gpus, gpuMilli }: Shape, fromMs: number): Slot | undefined {
    const share = gpuMilli < WHOLE ? this.shares.find(({ left }) => left >= gpuMilli) : undefined;
    if (share) return { timeline: this, startMs: Math.max(fromMs, share.atMs), share, nodes: [] };
    const nodes = count === 1 ? this.soonest(gpus) : this.gang(count, gpus);
    const last = nodes.at(-1);
    return last && nodes.length === count ? { timeline: this, startMs: Math.max(fromMs, last[gpus - 1]!), nodes } : undefined;
  }

  occupy({ ask, limitMs }: WaitingJob, { share, nodes }: Slot, startMs: number): void {
    if (share) {
      share.left -= ask.gpuMilli;
      return;
    }
    for (const times of nodes) times.fill(startMs + limitMs, 0, ask.gpusPerNode).sort();
    if (ask.gpuMilli < WHOLE) this.shares.push({ left: WHOLE - ask.gpuMilli, atMs: startMs });
  }

  private soonest(gpus: number): Float64Array[] {
    let best: Float64Array | undefined;
    for (const times of this.nodes) if (times.length >= gpus && times[gpus - 1]! < (best?.[gpus - 1] ?? Infinity)) best = times;
    return best ? [best] : [];
  }

  private gang(count: number, gpus: number): Float64Array[] {
    return this.nodes.filter((times) => times.length >= gpus).sort((a, b) => a[gpus - 1]! - b[gpus - 1]!).slice(0, count);
  }
}

/** When a tenant's quota has room again. */
class QuotaLine {
  private readonly ends: { atMs: number; milli: number }[] = [];
  private inUse: number;
  private readonly cap: number;
  private atMs: number;

  constructor(state: EngineState, tenant: string, nowMs: number) {
    const use = state.tenants.of(tenant);
    [this.inUse, this.cap, this.atMs] = [use.inUse, use.cap, nowMs];
    for (const { job, endMs } of state.running.jobs) if (job.ask.tenant === tenant) this.ends.push({ atMs: endMs, milli: job.cls.milli });
  }

  earliest(milli: number): number {
    while (this.inUse + milli > this.cap) {
      const end = this.ends.shift()!;
      this.inUse -= end.milli;
      this.atMs = Math.max(this.atMs, end.atMs);
    }
    return this.atMs;
  }

  hold(milli: number, endMs: number): void {
    this.inUse += milli;
    const later = this.ends.findIndex(({ atMs }) => atMs > endMs);
    this.ends.splice(later < 0 ? this.ends.length : later, 0, { atMs: endMs, milli });
  }
}
