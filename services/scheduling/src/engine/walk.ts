import type { PowerKept } from './power.js';
import type { JobClass, WaitingJob } from './backlog.js';
import { popcount } from './bits.js';
import { couldHold } from './capable.js';
import { fit, fitAmong } from './fit.js';
import { keptOf } from './kept.js';
import { gpusOf } from './names.js';
import { moveFor, moveThatGains } from './packing/migrate.js';
import type { Pool } from './pool.js';
import { MakeRoom } from './preemption/make-room.js';
import type { Promised } from './preemption/promise.js';
import { amountOf, Profile, type Room } from './profile.js';
import { Quotas } from './quota.js';
import type { Reservation } from './reservation.js';
import { earliestSlot } from './slot.js';
import type { EngineState } from './state.js';
import type { RunningJob } from './running.js';
import type { Move, Placement, Preemption } from './types.js';
import { WHOLE } from './units.js';

/** Reserved starts in a pool at most, for old jobs and for others: each takes a look at every node. */
const MOST_RESERVATIONS = 50;
const FIRST_BLOCKED = 10;

const NO_ORDERS: readonly Preemption[] = [];

/** Whether a blocked job gets a reserved start: the first ones of its pools, and every old one as long as there are not too many. */
const mayReserve = (old: boolean, inPool: number): boolean => inPool < (old ? MOST_RESERVATIONS : FIRST_BLOCKED);

/**
 * One plan's walk over the jobs in order. A job starts where it fits for its whole limit beside what runs and what is
 * reserved for jobs before it. One that does not fit may reserve its earliest start, which those after it respect.
 *
 * A job whose tenant is barred, whose site is at its power cap, or that no rule permits is passed over. One whose tenant
 * is at its quota waits like one that lacks GPUs: it may reserve where both are free.
 * A class that cannot start is not asked again in the same plan, and the walk is over when all are blocked, so a deep
 * queue costs what its kinds of jobs cost, not what its jobs do.
 */
export class Walk {
  readonly placements: Placement[] = [];
  readonly moves: Move[] = [];
  readonly started: WaitingJob[] = [];
  readonly reservations: Reservation[] = [];
  /** What of its site's power is left to each job that lacks it. */
  readonly powerKept: PowerKept[] = [];
  readonly profile: Profile;
  private readonly quotas: Quotas;
  /** Absent until somebody waits in vain. */
  private makeRoom: MakeRoom | undefined;
  /** Milliwatts that a site's later jobs leave to an earlier one. */
  private keptPower: Map<string, number> | undefined;
  private reservedIn: Map<Pool, number> | undefined;
  /** Reservations of the last plan, as long as they would come out the same. */
  private before: readonly Reservation[];
  /** There may still be reservations for those that are not old. */
  private firstOnes = true;
  private blocked = 0;
  private olds = 0;

  constructor(
    private readonly state: EngineState,
    private readonly nowMs: number,
  ) {
    this.profile = new Profile(state.cluster, state.running, keptOf(state.cluster, state.advance, nowMs), nowMs);
    this.quotas = new Quotas(state.running, nowMs);
    this.before = state.reservedAt === state.cluster.version ? state.reservations : [];
  }

  /** Who is asked to make room. */
  get orders(): readonly Preemption[] {
    return this.makeRoom?.orders ?? NO_ORDERS;
  }

  /** Nothing that comes later can start or reserve. */
  get over(): boolean {
    const { backlog, cluster } = this.state;
    if (this.blocked < backlog.liveClasses || this.firstOnes) return false;
    return this.olds >= backlog.olds || cluster.pools.every((pool) => (this.reservedIn?.get(pool) ?? 0) >= MOST_RESERVATIONS);
  }

  visit(job: WaitingJob): void {
    const { cls } = job;
    if (!job.queue) return;
    if (job.old) this.olds += 1;
    const wasBlocked = cls.blockedIn === this.state.plans;
    if (wasBlocked && job.limitMs >= cls.blockedFromMs) {
      if ((job.old || this.firstOnes) && !cls.closed && !this.hasHadItsTurn(job)) this.reserve(job);
      return;
    }
    if (this.hasHadItsTurn(job)) return;
    if (this.isClosed(job)) {
      this.block(cls, 0, true, wasBlocked);
      return;
    }
    if (!this.quotas.allows(cls, this.nowMs + job.limitMs)) {
      this.reserve(job);
      this.block(cls, Math.min(job.limitMs, this.quotas.untilMs(cls) - this.nowMs + 1), false, wasBlocked);
      return;
    }
    if (this.start(job) || (this.makesRoomByMove(job) && this.start(job))) return;
    if (job.queue.reserves === false) {
      this.block(cls, this.blockedFrom(job), false, wasBlocked);
      return;
    }
    this.makeRoom ??= new MakeRoom(this.state, this.profile, this.nowMs);
    const promise = this.makeRoom.ask(job);
    if (promise) {
      this.keep(job, promise);
      return;
    }
    this.reserve(job);
    this.block(cls, this.blockedFrom(job), false, wasBlocked);
  }

  /** Others have made room for it or are about to. */
  private hasHadItsTurn(job: WaitingJob): boolean {
    const { promised } = this.state;
    return (promised.size > 0 && promised.has(job.ask.job)) || job.started;
  }

  /** Whether something else than GPUs is in the way. */
  private isClosed(job: WaitingJob): boolean {
    const { cls } = job;
    const { tenant, milli } = cls;
    if (tenant.barredBy.size > 0 || milli > tenant.cap) return true;
    const permitted = this.state.permittedFor(cls);
    if (this.state.power.caps.size === 0) return permitted.length === 0;
    if (permitted.some(({ pool }) => this.hasPower(pool, milli))) return false;
    // Its power is kept for it where it could run: else those after it would take what comes free bit by bit.
    const first = job.old ? permitted.find(({ pool }) => this.state.power.couldDraw(pool, milli) && couldHold(this.state.cluster, pool, cls.sample)) : undefined;
    if (first) {
      const { site } = first.pool.facts;
      const milliwatts = this.state.power.drawOf(site, first.pool.model, milli);
      this.keptPower ??= new Map();
      this.keptPower.set(site, (this.keptPower.get(site) ?? 0) + milliwatts);
      this.powerKept.push({ job: job.ask.job, site, milliwatts });
    }
    return true;
  }

  private hasPower(pool: Pool, milli: number): boolean {
    return this.state.power.allows(pool, milli, this.keptPower?.get(pool.facts.site));
  }

  /** Starts a job on the nodes that others have left for it. */
  startOn(job: WaitingJob, nodes: readonly number[]): boolean {
    const endMs = this.nowMs + job.limitMs;
    const own = new Set(nodes.filter((node) => !this.profile.keeps(node, job.ask.tenant, this.nowMs, endMs)));
    const only: Room = { spare: (node, free) => (own.has(node) ? free : -1), allows: (node) => own.has(node) };
    return !this.isClosed(job) && this.quotas.allows(job.cls, endMs) && this.start(job, only);
  }

  /** Reserves the nodes that others are leaving for the job. */
  keep(job: WaitingJob, { pool, nodes, atMs }: Promised): void {
    const startMs = Math.max(atMs, this.nowMs + 1);
    const reservation = { job: job.ask.job, holder: job.cls, pool, nodes, startMs, endMs: startMs + job.limitMs };
    this.hold(reservation);
  }

  private hold(reservation: Reservation): void {
    this.profile.reserve(reservation);
    this.quotas.reserve(reservation);
    this.reservations.push(reservation);
  }

  private fits(job: WaitingJob, only?: Room): ReturnType<typeof fitAmong> {
    const { state } = this;
    const { cls, ask } = job;
    const permitted = state.permittedFor(cls);
    if (!only && cls.misfitAt === state.cluster.freed) return undefined;
    const endMs = this.nowMs + job.limitMs;
    const powered = state.power.caps.size === 0 ? permitted : permitted.filter(({ pool }) => this.hasPower(pool, cls.milli));
    const room = only ?? this.profile.room(ask, ask.tenant, endMs);
    const found = fitAmong(state.cluster, state.packing, cls, powered, endMs, room);
    // All that is free was open to it: no other of its class needs to be tried until more is free.
    if (!found && !room && powered === permitted) cls.misfitAt = state.cluster.freed;
    return found;
  }

  private start(job: WaitingJob, only?: Room): boolean {
    const { state, nowMs } = this;
    const { cls, ask } = job;
    const found = this.fits(job, only);
    if (!found) return false;
    const { pool, claim } = found;
    const endMs = nowMs + job.limitMs;
    const { permit } = state.permittedFor(cls).find((each) => each.pool === pool)!;
    this.profile.starts(claim, endMs);
    this.quotas.starts(cls, endMs);
    state.hold(job, pool, claim, nowMs);
    state.packing.budget.placed();
    job.started = true;
    this.started.push(job);
    this.placements.push({
      job: ask.job,
      tenant: ask.tenant,
      site: pool.facts.site,
      gpuModel: pool.model,
      gpuMilli: ask.gpuMilli,
      timeLimitS: job.limitMs / 1000,
      placements: gpusOf(state.cluster, claim),
      permit,
    });
    return true;
  }

  /** Moves one job so that this one fits, where there is a budget for that; else one that leaves more of value to those to come. */
  private makesRoomByMove({ cls, ask, limitMs }: WaitingJob): boolean {
    const { state, profile, nowMs } = this;
    const { packing, cluster, running } = state;
    if (!packing.budget.open || ask.nodes > 1 || ask.migProfile !== undefined) return false;
    const powered = state.permittedFor(cls).filter(({ pool }) => this.hasPower(pool, cls.milli));
    const roomOf = (held: RunningJob): Room | undefined => profile.room(held.job.ask, held.job.ask.tenant, held.endMs);
    const move = moveFor(cluster, packing, running, cls, powered, profile.room(ask, ask.tenant, nowMs + limitMs), roomOf)
      ?? moveThatGains(cluster, packing, running, powered, roomOf);
    if (!move) return false;
    profile.starts(move.claim, move.held.endMs);
    state.move(move.held, move.claim);
    packing.budget.moved();
    this.moves.push({ job: move.held.job.ask.job, placements: gpusOf(cluster, move.claim) });
    return true;
  }

  private reserve(job: WaitingJob): void {
    const { state } = this;
    const { cls } = job;
    // Where the power cap would not do even for it alone, it never starts.
    const pools = state.permittedFor(cls).flatMap(({ pool }) => (state.power.couldDraw(pool, cls.milli) ? [pool] : []));
    const taken = (pool: Pool): number => this.reservedIn?.get(pool) ?? 0;
    const open = job.old ? pools.filter((pool) => mayReserve(true, taken(pool))) : pools.every((pool) => mayReserve(false, taken(pool))) ? pools : [];
    if (open.length === 0) return;
    const reservation = this.sameAsBefore(job) ?? this.earliest(job, open);
    if (!reservation) return;
    this.hold(reservation);
    this.reservedIn ??= new Map();
    this.reservedIn.set(reservation.pool, taken(reservation.pool) + 1);
    this.firstOnes = state.cluster.pools.some((pool) => mayReserve(false, taken(pool)));
  }

  /** As long as nothing has started and all reservations so far are those of the last plan, the next one is too. */
  private sameAsBefore({ ask: { job }, limitMs }: WaitingJob): Reservation | undefined {
    const same = this.started.length === 0 ? this.before[this.reservations.length] : undefined;
    if (same?.job === job && same.startMs > this.nowMs && same.endMs === same.startMs + limitMs) return same;
    this.before = [];
    return undefined;
  }

  private earliest({ ask, cls, limitMs }: WaitingJob, pools: readonly Pool[]): Reservation | undefined {
    const { cluster, running } = this.state;
    let best: Reservation | undefined;
    for (const pool of pools) {
      const slot = earliestSlot(cluster, running, this.profile, this.quotas, pool, cls, limitMs);
      if (slot && slot.startMs < (best?.startMs ?? Infinity)) best = { job: ask.job, holder: cls, pool, ...slot, endMs: slot.startMs + limitMs };
    }
    return best;
  }

  private block(cls: JobClass, fromMs: number, closed: boolean, wasBlocked: boolean): void {
    const wasFull = wasBlocked && cls.blockedFromMs <= cls.minLimitMs;
    cls.blockedIn = this.state.plans;
    cls.blockedFromMs = fromMs;
    cls.closed = closed;
    if (!wasFull && fromMs <= cls.minLimitMs) this.blocked += 1;
  }

  /** From which limit on jobs of the class cannot start in this plan: all when it does not even fit with nothing reserved. */
  private blockedFrom({ cls, limitMs }: WaitingJob): number {
    const { cluster } = this.state;
    if (cls.misfitAt === cluster.freed) return 0;
    const fits = cls.permitted.some(({ pool }) => fit(cluster, pool, cls.sample, this.nowMs + limitMs) !== undefined);
    if (fits) return Math.min(limitMs, this.runwayMs(cls) + 1);
    cls.misfitAt = cluster.freed;
    return 0;
  }

  /** For how long at most a job of the class could have GPUs from now on beside what is reserved. */
  private runwayMs({ sample, permitted }: JobClass): number {
    if (sample.gpuMilli < WHOLE) return Infinity;
    const { cluster } = this.state;
    const amount = amountOf(sample);
    let longest = 0;
    for (const { pool } of permitted) {
      const ends: number[] = [];
      for (let n = pool.members.next(0); n >= 0; n = pool.members.next(n + 1))
        if (popcount(cluster.free[n]!) >= amount.gpus) ends.push(this.profile.until(n, amount, sample.tenant));
      const end = ends.sort((a, b) => b - a)[sample.nodes - 1];
      if (end !== undefined) longest = Math.max(longest, end - this.nowMs);
    }
    return longest;
  }
}
