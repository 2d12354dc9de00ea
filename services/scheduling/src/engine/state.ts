import { Backlog, type JobClass, type WaitingJob } from './backlog.js';
import { type Claim, Cluster } from './cluster.js';
import { Load } from './load.js';
import type { Pool } from './pool.js';
import { Power } from './power.js';
import type { Reservation } from './reservation.js';
import { Running, type RunningJob } from './running.js';
import { Tenants } from './tenants.js';
import type { AdvanceReservation, PermitFunction, PowerCap, QueueSpec } from './types.js';

/** All that an engine knows. Its parts keep their own invariants; the engine keeps them together. */
export class EngineState {
  readonly cluster = new Cluster();
  readonly backlog = new Backlog();
  readonly running = new Running();
  readonly tenants = new Tenants();
  readonly load = new Load();
  readonly power = new Power();
  /** Nodes that are kept for someone in a time to come, by the reservation's id. */
  readonly advance = new Map<string, AdvanceReservation>();
  readonly queues = new Map<string, QueueSpec>();
  readonly waiting = new Map<string, WaitingJob>();
  readonly holding = new Map<string, RunningJob>();
  /** Of the last plan: one per pool at most. */
  reservations: Reservation[] = [];
  /** The cluster's version that `reservations` were computed on. */
  reservedAt = -1;
  nextSeq = 0;
  /** The minute that ages were last looked at in. */
  agedMinute = -1;
  /** Something has come, ended or changed since the last plan. */
  dirty = false;
  plans = 0;
  permitEpoch = 0;

  constructor(public permit: PermitFunction) {}

  hold(job: WaitingJob, pool: Pool, claim: Claim, startedMs: number, limitMs = job.limitMs): RunningJob {
    const endMs = startedMs + limitMs;
    const held: RunningJob = { job, pool, claim, startedMs, endMs };
    this.cluster.take(claim, endMs);
    this.running.add(held);
    this.holding.set(job.ask.job, held);
    this.tenants.of(job.ask.tenant).inUse += job.cls.milli;
    this.power.changed(pool.facts.site, pool.model, job.cls.milli);
    return held;
  }

  release(held: RunningJob): void {
    this.cluster.release(held.claim);
    this.running.remove(held);
    this.holding.delete(held.job.ask.job);
    this.tenants.of(held.job.ask.tenant).inUse -= held.job.cls.milli;
    this.power.changed(held.pool.facts.site, held.pool.model, -held.job.cls.milli);
    this.dirty = true;
  }

  setPowerCap(site: string, cap: PowerCap | undefined): void {
    const held = this.running.jobs.filter(({ pool }) => pool.facts.site === site).map(({ pool, job }) => ({ model: pool.model, milli: job.cls.milli }));
    this.power.setCap(site, cap, held);
  }

  /** Whether the site of the pool may draw what one more job of the class would. */
  withinPower({ milli }: JobClass, { facts, model }: Pool): boolean {
    return this.power.allows(facts.site, model, milli);
  }

  /**
   * Whether the tenant's quota has room for one more of the class. A tenant's later jobs leave room for its own
   * reserved one: else that would meet its quota instead of its start.
   */
  withinQuota({ sample, milli }: JobClass, reservations: readonly Reservation[]): boolean {
    const { inUse, cap } = this.tenants.of(sample.tenant);
    let kept = 0;
    for (const { holder } of reservations) if (holder.sample.tenant === sample.tenant) kept += holder.milli;
    return inUse + kept + milli <= cap;
  }

  /** The pools that the class may use by its own wishes: site and GPU model; in order of the first node admitted. */
  poolsFor({ sample }: JobClass): Pool[] {
    return this.cluster.pools.filter(
      (pool) => (sample.site === undefined || sample.site === pool.facts.site) && (sample.gpuModels === undefined || sample.gpuModels.includes(pool.model)),
    );
  }

  /** … and that rules permit, with the permit. Asked once per class until a policy or the pools change. */
  permittedFor(cls: JobClass): JobClass['permitted'] {
    const epoch = this.permitEpoch * 65_536 + this.cluster.pools.length;
    if (cls.permitsAt !== epoch) {
      cls.permitted = this.poolsFor(cls).flatMap((pool) => {
        const permit = this.permit(cls.sample, pool.facts);
        return permit.allowed ? [{ pool, permit }] : [];
      });
      cls.permitsAt = epoch;
      cls.misfitAt = -1;
    }
    return cls.permitted;
  }
}
