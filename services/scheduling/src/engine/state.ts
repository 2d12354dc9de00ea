import { Backlog, type JobClass, type WaitingJob } from './backlog.js';
import { type Claim, Cluster } from './cluster.js';
import { Load } from './load.js';
import { Packing } from './packing/packing.js';
import type { Pool } from './pool.js';
import { Power, type PowerKept } from './power.js';
import type { Promised } from './preemption/promise.js';
import type { Reservation } from './reservation.js';
import { Running, type RunningJob } from './running.js';
import { Tenants } from './tenants.js';
import type { AdvanceReservation, PermitFunction, PowerCap, QueueSpec } from './types.js';

/** All that an engine knows. Its parts keep their own invariants; the engine keeps them together. */
export class EngineState {
  readonly cluster = new Cluster();
  readonly packing = new Packing(this.cluster);
  readonly tenants = new Tenants();
  readonly load = new Load();
  readonly backlog = new Backlog(this.tenants, this.load);
  readonly running = new Running();
  readonly power = new Power();
  /** Nodes that are kept for someone in a time to come, by the reservation's id. */
  readonly advance = new Map<string, AdvanceReservation>();
  readonly queues = new Map<string, QueueSpec>();
  readonly waiting = new Map<string, WaitingJob>();
  readonly holding = new Map<string, RunningJob>();
  /** Of the last plan, in the order of their jobs. */
  reservations: Reservation[] = [];
  /** … and what of a site's power it has left to jobs that wait for it. */
  powerKept: readonly PowerKept[] = [];
  /** The cluster's version that `reservations` were computed on. */
  reservedAt = -1;
  /** Jobs that have asked others to make room, and the nodes where. */
  readonly promised = new Map<string, Promised>();
  /** When what still runs on a drained node is stopped, by the node's number. */
  readonly drains = new Map<number, number>();
  /** Something that runs may have to be repaired or stopped. */
  troubled = false;
  /** When the next plan has something to do although nothing has happened. */
  wakeAtMs = Infinity;
  nextSeq = 0;
  /** The time of the last plan. */
  plannedMs = -1;
  /** The minute that ages and shares were last looked at in. */
  agedMinute = -1;
  /** Something has come, ended or changed since the last plan. */
  dirty = false;
  plans = 0;
  permitEpoch = 0;

  constructor(public permit: PermitFunction) {}

  hold(job: WaitingJob, pool: Pool, claim: Claim, startedMs: number, limitMs = job.limitMs): RunningJob {
    const endMs = startedMs + limitMs;
    const held: RunningJob = { job, pool, claim, startedMs, endMs, savedMs: startedMs, leaving: undefined, brokenMs: undefined, repaired: undefined, evicted: undefined, place: -1 };
    this.cluster.take(claim, endMs);
    this.running.add(held);
    this.holding.set(job.ask.job, held);
    job.cls.tenant.inUse += job.cls.milli;
    this.power.changed(pool.facts.site, pool.model, job.cls.milli);
    return held;
  }

  /** Asks the job to be gone by then; its GPUs are expected to be free from then on. */
  leave(held: RunningJob, byMs: number, forJob?: string): void {
    this.setLeaving(held, { for: forJob, limitEndMs: held.leaving?.limitEndMs ?? held.endMs });
    this.endsAt(held, byMs);
  }

  /** It need not leave. */
  stay(held: RunningJob): void {
    if (!held.leaving) return;
    this.endsAt(held, held.leaving.limitEndMs);
    this.setLeaving(held, undefined);
  }

  setLeaving(held: RunningJob, leaving: RunningJob['leaving']): void {
    if (!leaving && !held.leaving) return;
    held.job.cls.tenant.leaving += (Number(leaving !== undefined) - Number(held.leaving !== undefined)) * held.job.cls.milli;
    held.leaving = leaving;
  }

  endsAt(held: RunningJob, endMs: number): void {
    this.running.remove(held);
    held.endMs = endMs;
    this.running.add(held);
    this.lastEnds(held.claim);
    this.cluster.endsMoved();
    this.dirty = true;
  }

  /** The job goes on with these GPUs instead of those that it holds. */
  move(held: RunningJob, claim: Claim): void {
    this.running.remove(held);
    this.cluster.release(held.claim);
    held.claim = claim;
    this.cluster.take(claim, held.endMs);
    this.running.add(held);
    this.dirty = true;
  }

  /** A gang that has lost nodes begins anew with others, and nobody waits for it to leave. */
  replaced(held: RunningJob, claim: Claim, atMs: number): void {
    this.move(held, claim);
    this.setLeaving(held, undefined);
    held.brokenMs = undefined;
    held.startedMs = atMs;
    this.endsAt(held, atMs + held.job.limitMs);
    this.promised.delete(held.job.ask.job);
  }

  release(held: RunningJob): void {
    this.setLeaving(held, undefined);
    this.cluster.release(held.claim);
    this.running.remove(held);
    this.lastEnds(held.claim);
    this.holding.delete(held.job.ask.job);
    held.job.cls.tenant.inUse -= held.job.cls.milli;
    this.power.changed(held.pool.facts.site, held.pool.model, -held.job.cls.milli);
    this.dirty = true;
  }

  /** What has ended or ends at another time no longer says how long its nodes are busy. */
  private lastEnds({ nodes }: Claim): void {
    for (const node of nodes) this.cluster.lastEnd[node] = this.running.lastEndOn(node);
  }

  setPowerCap(site: string, cap: PowerCap | undefined): void {
    const held = this.running.jobs.filter(({ pool }) => pool.facts.site === site).map(({ pool, job }) => ({ model: pool.model, milli: job.cls.milli }));
    this.power.setCap(site, cap, held);
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
