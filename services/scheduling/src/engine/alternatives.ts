/** Worlds in which something were otherwise: nothing ran, cordoned nodes were open, nothing was kept, no site had a power cap. */
import { isBefore, type Turn, turnsOf } from './ahead.js';
import type { JobClass, WaitingJob } from './backlog.js';
import { Cluster } from './cluster.js';
import { fitAmong } from './fit.js';
import { Kept } from './kept.js';
import { bitOf, type ObstacleSet } from './obstacles.js';
import { Packing } from './packing/packing.js';
import type { Pool } from './pool.js';
import { Profile, type Room } from './profile.js';
import { Quotas } from './quota.js';
import type { Reservation } from './reservation.js';
import { earliestSlot } from './slot.js';
import { Running, type RunningJob } from './running.js';
import type { EngineState } from './state.js';

const IDLE = bitOf['not-enough-gpus'];
const OPEN = bitOf['nodes-cordoned'];
const UNKEPT = bitOf['kept-nodes'];
const ALONE = bitOf['behind-reservation'];
const UNCAPPED = bitOf['power-cap'];
/** What makes another world, also for those before the job; all else is a matter of the job alone. */
const MAKES_A_WORLD = IDLE | OPEN | UNKEPT | ALONE | UNCAPPED;

/** The cluster without what runs there, as far as `gone` says, and with cordoned nodes open if asked. Pools keep their numbers. */
export function clusterWithout(state: EngineState, gone: (held: RunningJob) => boolean, cordonedOpen = false): Cluster {
  const cluster = new Cluster();
  for (const { facts, model } of state.cluster.pools) cluster.poolFor(facts, model);
  for (const spec of state.cluster.specs) cluster.admit(spec, () => 0);
  for (const held of state.running.jobs) if (!gone(held)) cluster.take(held.claim, held.endMs);
  for (const node of cluster.specs.keys()) if (cluster.lastEnd[node]! > 0) cluster.lastEnd[node] = state.cluster.lastEnd[node]!;
  for (const [node, status] of state.cluster.status.entries()) if (status === 'withdrawn' || !cordonedOpen) cluster.setStatus(node, status);
  return cluster;
}

/** A limit with which there is room, and one with which there is none, in milliseconds: a shorter one never has less. */
export interface Span {
  fits: number;
  misses: number;
}

/**
 * One such world, as the next plan would see it when it comes to a job: those before it that something is kept for have
 * had their turn, and have started in this world or have their reserved starts.
 */
export class World {
  readonly cluster: Cluster;
  readonly profile: Profile;
  readonly quotas: Quotas;
  /** For how long there is room for what, as far as it was asked. */
  readonly rooms = new Map<number, Span>();
  private readonly running: Running;
  /** Nothing is otherwise but, perhaps, that nothing is reserved: reservations stay as they are. */
  private readonly asItIs: boolean;
  private readonly capped: boolean;
  /** Milliwatts by site that those before hold, or leave to nobody. */
  private readonly drawn = new Map<string, number>();
  /** Classes of which one lacks power: no other is asked. */
  private readonly closed = new Set<JobClass>();
  private packing: Packing | undefined;
  private turns = 0;

  constructor(private readonly state: EngineState, away: ObstacleSet, private readonly nowMs: number) {
    const [idle, opened, unkept, uncapped, alone] = [IDLE, OPEN, UNKEPT, UNCAPPED, ALONE].map((bit) => (away & bit) !== 0);
    this.capped = !uncapped;
    this.asItIs = !idle && !opened && !unkept && !uncapped;
    // Where others have their turn they take what they get: of a cluster of their own.
    this.cluster = idle || opened || (!this.asItIs && !alone) ? clusterWithout(state, () => idle === true, opened) : state.cluster;
    this.running = this.cluster === state.cluster ? state.running : new Running();
    if (this.running !== state.running && !idle) for (const held of state.running.jobs) this.running.add({ ...held });
    this.profile = new Profile(this.cluster, this.running, new Kept(state.cluster, unkept ? [] : state.advance.values(), nowMs), nowMs);
    this.quotas = new Quotas(state.running, nowMs);
    if (!alone && !idle) this.keepForRepairs();
  }

  /** Lets the next of those before have their turn. */
  catchUp(turns: readonly Turn[], reached: number): void {
    if (this.turns === reached) return;
    while (this.turns < reached) this.take(turns[this.turns++]!);
    this.rooms.clear();
  }

  pool({ number }: Pool): Pool {
    return this.cluster.pools[number]!;
  }

  /** Whether the site may draw what one more of the class would, beside what is kept for those before. */
  hasPower(pool: Pool, milli: number): boolean {
    return !this.capped || this.state.power.allows(pool, milli, this.drawn.get(pool.facts.site));
  }

  /** GPUs that a gang waits for that has lost nodes. */
  private keepForRepairs(): void {
    for (const { job, pool, nodes } of this.state.promised.values()) {
      const held = this.state.holding.get(job);
      if (held) this.profile.reserve({ job, holder: held.job.cls, pool, nodes, startMs: this.nowMs, endMs: Infinity });
    }
  }

  private take({ job, reservation, power }: Turn): void {
    if (!this.asItIs) this.visit(job, reservation?.nodes ?? []);
    else if (reservation) this.keep(reservation);
    else if (power) this.draws(power.site, power.milliwatts);
  }

  /** As the walk does: it starts, or its start is reserved. @param nodes that others leave for it, if it was promised some */
  private visit(job: WaitingJob, nodes: readonly number[]): void {
    const { cls, limitMs } = job;
    const endMs = this.nowMs + limitMs;
    const permitted = this.state.permittedFor(cls).map(({ pool, permit }) => ({ pool: this.pool(pool), permit }));
    const powered = permitted.filter(({ pool }) => this.hasPower(pool, cls.milli));
    const [any] = permitted;
    if (this.closed.has(cls)) return;
    if (any && powered.length === 0) {
      this.closed.add(cls);
      if (job.old) this.draws(any.pool.facts.site, this.state.power.drawOf(any.pool.facts.site, any.pool.model, cls.milli));
      return;
    }
    const room = this.state.promised.has(job.ask.job) ? onlyOn(nodes) : this.profile.room(job.ask, job.ask.tenant, endMs);
    const found = this.quotas.allows(cls, endMs) ? fitAmong(this.cluster, this.packed(), cls, powered, endMs, room) : undefined;
    if (found) {
      const { pool, claim } = found;
      this.profile.starts(claim, endMs);
      this.cluster.take(claim, endMs);
      this.running.add({ job, pool, claim, startedMs: this.nowMs, endMs, savedMs: this.nowMs });
      this.quotas.reserve({ job: job.ask.job, holder: cls, pool, nodes: [], startMs: this.nowMs, endMs });
      this.draws(pool.facts.site, this.state.power.drawOf(pool.facts.site, pool.model, cls.milli));
      return;
    }
    const slots = permitted.flatMap(({ pool }) => {
      const slot = earliestSlot(this.cluster, this.running, this.profile, this.quotas, pool, cls, limitMs);
      return slot ? [{ job: job.ask.job, holder: cls, pool, ...slot, endMs: slot.startMs + limitMs }] : [];
    });
    const [first] = slots.sort((a, b) => a.startMs - b.startMs);
    if (first) this.keep(first);
  }

  private keep(reservation: Reservation): void {
    this.profile.reserve(reservation);
    this.quotas.reserve(reservation);
  }

  private draws(site: string, milliwatts: number): void {
    this.drawn.set(site, (this.drawn.get(site) ?? 0) + milliwatts);
  }

  /** What packing has learnt, for this cluster. */
  private packed(): Packing {
    if (!this.packing) {
      this.packing = new Packing(this.cluster);
      this.packing.worth.load(this.state.packing.worth.save());
    }
    return this.packing;
  }
}

export const onlyOn = (nodes: readonly number[]): Room => {
  const own = new Set(nodes);
  return { spare: (node, free) => (own.has(node) ? free : -1), allows: (node) => own.has(node) };
};

/** The worlds of one state, made when they are asked for. Jobs are asked about in the order of the queue. */
export class Alternatives {
  /** How many of those that something is kept for come before the job in question. */
  reached = 0;
  private readonly turns: readonly Turn[];
  private readonly worlds = new Map<ObstacleSet, World>();
  private readonly differs: ObstacleSet;
  /** A gang that runs waits for a spare node. */
  private readonly repairs: boolean;

  constructor(private readonly state: EngineState, private readonly nowMs: number) {
    this.turns = turnsOf(state);
    const cordoned = state.cluster.status.includes('cordoned');
    const kept = [...state.advance.values()].some(({ toMs }) => toMs > nowMs);
    this.repairs = [...state.promised.keys()].some((job) => state.holding.has(job));
    this.differs = MAKES_A_WORLD & ~(cordoned ? 0 : OPEN) & ~(kept ? 0 : UNKEPT) & ~(state.power.caps.size > 0 ? 0 : UNCAPPED);
  }

  /** Those that there are of the obstacles that make a world. */
  get present(): ObstacleSet {
    return this.reached > 0 || this.repairs ? this.differs : this.differs & ~ALONE;
  }

  goTo(job: WaitingJob): void {
    while (this.reached < this.turns.length && isBefore(this.turns[this.reached]!, job)) this.reached += 1;
  }

  /** The world without these obstacles, as it is for the job that was gone to. */
  without(away: ObstacleSet): World {
    const which = away & this.differs;
    const known = this.worlds.get(which);
    const world = known ?? new World(this.state, which, this.nowMs);
    if (!known) this.worlds.set(which, world);
    if ((which & ALONE) === 0) world.catchUp(this.turns, this.reached);
    return world;
  }
}
