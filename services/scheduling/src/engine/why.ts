/**
 * Why jobs wait: the fewest things that, if they were otherwise, would let a job start at the next plan. Checked, not
 * guessed: each set is tried with the planner's own rules.
 *
 * A reason depends on the job's kind (its shape, the pools that it may use, its tenant's quota), on its limit, and on
 * what is kept for jobs before it; so it is found once for all jobs that are alike in these. A shorter limit is never
 * worse: what holds for two limits holds for all between them.
 */
import { Alternatives, clusterWithout, onlyOn, type Span, type World } from './alternatives.js';
import { enoughInAnyShape } from './any-shape.js';
import type { JobClass, WaitingJob } from './backlog.js';
import { fit } from './fit.js';
import { bitOf, fewest, LARGER_THAN_SITE, type ObstacleSet } from './obstacles.js';
import type { Pool } from './pool.js';
import type { Shape } from './reservation.js';
import type { EngineState } from './state.js';
import { Quotas } from './quota.js';
import type { TenantUse } from './tenants.js';

/** A limit that outlasts everything, and one that is over at once: 30,000 years and a millisecond. */
const FOR_EVER = 1e15;
const A_MOMENT = 1;

/** Jobs that are alike in all but their limits. */
interface Kind {
  readonly cls: JobClass;
  /** Numbers of its shapes: as asked, without the unit, without the host, without both. */
  readonly shapes: readonly { readonly number: number; readonly shape: Shape }[];
  readonly permitted: readonly Pool[];
  readonly wished: readonly Pool[];
  /** Limits that were asked about, in order, and what was found. */
  readonly limits: number[];
  readonly found: ObstacleSet[];
}

/** The reasons of one state. Jobs are asked about in the order of the queue. */
export class Reasoning {
  private readonly worlds: Alternatives;
  private readonly shapes = new Map<string, number>();
  private readonly kindOf = new Map<JobClass, Kind>();
  private readonly kinds = new Map<string, Kind>();
  /** Milli-GPUs that are reserved for each tenant's jobs. */
  private readonly reserved = new Map<TenantUse, number>();
  private reached = 0;

  constructor(private readonly state: EngineState, private readonly nowMs: number) {
    this.worlds = new Alternatives(state, nowMs);
    for (const { holder: { tenant, milli } } of state.reservations) this.reserved.set(tenant, (this.reserved.get(tenant) ?? 0) + milli);
  }

  /** The fewest that stand in the way, or `larger-than-site` when nothing helps; empty: it starts at the next plan. */
  of(job: WaitingJob): ObstacleSet {
    const { cls } = job;
    this.worlds.goTo(job);
    if (this.worlds.reached !== this.reached) {
      this.reached = this.worlds.reached;
      this.kinds.clear();
      this.kindOf.clear();
    }
    const found = this.withPromise(job) ?? this.ofKind(this.kind(cls), job.limitMs);
    if (found === LARGER_THAN_SITE) return found;
    return found | (job.queue ? 0 : bitOf['unknown-queue']) | (cls.tenant.barredBy.size > 0 ? bitOf['tenant-barred'] : 0);
  }

  private ofKind(kind: Kind, limitMs: number): ObstacleSet {
    const { limits, found } = kind;
    const known = between(limits, found, limitMs);
    if (known !== undefined) return known;
    // The first is asked for itself; when there are more, the extremes may answer all.
    if (limits.length === 1) {
      for (const limit of [A_MOMENT, FOR_EVER]) if (between(limits, found, limit) === undefined) learn(kind, limit, this.find(kind, limit));
      const now = between(limits, found, limitMs);
      if (now !== undefined) return now;
    }
    return learn(kind, limitMs, this.find(kind, limitMs));
  }

  private find(kind: Kind, limitMs: number): ObstacleSet {
    const { sample } = kind.cls;
    let all = this.worlds.present | bitOf['not-enough-gpus'] | bitOf.fragmentation | bitOf.quota;
    if (sample.topology?.required === 'unit' && sample.nodes > 1) all |= bitOf.topology;
    if (sample.cpuMilli !== undefined || sample.memoryMib !== undefined) all |= bitOf.host;
    if (kind.permitted.length < kind.wished.length) all |= bitOf['no-permit'];
    return fewest(all, (away) => this.starts(kind, limitMs, away));
  }

  /** Whether such a job would start now if these obstacles were away. More of them away is never worse. */
  private starts(kind: Kind, limitMs: number, away: ObstacleSet): boolean {
    const { cls, shapes } = kind;
    const world = this.worlds.without(away);
    if ((away & bitOf.quota) === 0 && !world.quotas.allows(cls, this.nowMs + limitMs)) return false;
    const { number, shape } = shapes[((away & bitOf.topology) === 0 ? 0 : 1) | ((away & bitOf.host) === 0 ? 0 : 2)]!;
    const inAnyShape = (away & bitOf.fragmentation) !== 0;
    for (const pool of (away & bitOf['no-permit']) === 0 ? kind.permitted : kind.wished) {
      if (!world.hasPower(pool, cls.milli)) continue;
      const key = (number * 2 + Number(inAnyShape)) * this.state.cluster.pools.length + pool.number;
      const known = world.rooms.get(key);
      const span = known ?? { fits: -Infinity, misses: Infinity };
      if (!known) world.rooms.set(key, span);
      if (this.hasRoom(world, span, pool, shape, cls.sample.tenant, limitMs, inAnyShape)) return true;
    }
    return false;
  }

  private hasRoom(world: World, span: Span, pool: Pool, shape: Shape, tenant: string, limitMs: number, inAnyShape: boolean): boolean {
    const fitsFor = (limit: number): boolean => {
      const endMs = this.nowMs + limit;
      const room = world.profile.room(shape, tenant, endMs);
      const own = world.pool(pool);
      return fit(world.cluster, own, shape, endMs, room) !== undefined || (inAnyShape && enoughInAnyShape(world.cluster, own, shape, room));
    };
    if (limitMs <= span.fits) return true;
    if (limitMs >= span.misses) return false;
    if (span.fits === -Infinity && span.misses === Infinity) {
      if (fitsFor(FOR_EVER)) span.fits = Infinity;
      else if (!fitsFor(A_MOMENT)) span.misses = 0;
      else [span.fits, span.misses] = [A_MOMENT, FOR_EVER];
      return this.hasRoom(world, span, pool, shape, tenant, limitMs, inAnyShape);
    }
    if (fitsFor(limitMs)) span.fits = limitMs;
    else span.misses = limitMs;
    return limitMs <= span.fits;
  }

  /** A job for which others make room: it starts on their nodes, before everybody else, when they are gone. */
  private withPromise(job: WaitingJob): ObstacleSet | undefined {
    const { state, nowMs } = this;
    const promise = state.promised.size === 0 ? undefined : state.promised.get(job.ask.job);
    if (!promise) return undefined;
    const endMs = nowMs + job.limitMs;
    const promised = [...state.promised.keys()];
    const earlier = new Set(promised.slice(0, promised.indexOf(job.ask.job)));
    const quotas = new Quotas(state.running, nowMs).with(state.reservations.filter((each) => earlier.has(each.job)));
    const gone = clusterWithout(state, (held) => held.leaving?.for === job.ask.job);
    const permitted = state.permittedFor(job.cls).some(({ pool }) => pool === promise.pool);
    return withoutLarger(fewest(bitOf['making-room'] | bitOf['power-cap'] | bitOf.quota | bitOf['no-permit'], (away) => {
      const cluster = (away & bitOf['making-room']) === 0 ? state.cluster : gone;
      return (
        ((away & bitOf.quota) !== 0 || quotas.allows(job.cls, endMs)) &&
        ((away & bitOf['no-permit']) !== 0 || permitted) &&
        ((away & bitOf['power-cap']) !== 0 || state.power.allows(promise.pool, job.cls.milli)) &&
        fit(cluster, cluster.pools[promise.pool.number]!, job.ask, endMs, onlyOn(promise.nodes)) !== undefined
      );
    }));
  }

  private kind(cls: JobClass): Kind {
    const known = this.kindOf.get(cls);
    if (known) return known;
    const { sample, milli } = cls;
    const permitted = this.state.permittedFor(cls).map(({ pool }) => pool);
    const wished = this.state.poolsFor(cls);
    // Tenants whose quota has room whatever starts, and for whom no node is kept, are all alike.
    const own = this.quotaBinds(cls) || this.state.advance.size > 0 ? sample.tenant : '';
    const key = `${shapeKey(sample)}/${milli}/${permitted.map(({ number }) => number).join()}/${wished.map(({ number }) => number).join()}/${own}`;
    const alike = this.kinds.get(key);
    const kind = alike ?? { cls, shapes: this.shapesOf(sample, own), permitted, wished, limits: [], found: [] };
    if (!alike) this.kinds.set(key, kind);
    this.kindOf.set(cls, kind);
    return kind;
  }

  private quotaBinds({ tenant, milli }: JobClass): boolean {
    return tenant.inUse + (this.reserved.get(tenant) ?? 0) + milli > tenant.cap;
  }

  private shapesOf(shape: Shape, tenant: string): Kind['shapes'] {
    const { cpuMilli: _, memoryMib: __, ...bare } = shape;
    const { topology: ___, ...loose } = bare;
    return [shape, { ...shape, topology: undefined }, bare, loose].map((each) => ({ number: this.numberOf(`${shapeKey(each)}/${tenant}`), shape: each }));
  }

  private numberOf(key: string): number {
    const known = this.shapes.get(key);
    if (known !== undefined) return known;
    this.shapes.set(key, this.shapes.size);
    return this.shapes.size - 1;
  }
}

const shapeKey = ({ nodes, gpusPerNode, gpuMilli, migProfile, cpuMilli, memoryMib, topology }: Shape): string =>
  `${nodes}x${gpusPerNode}x${gpuMilli}/${migProfile ?? ''}/${cpuMilli ?? ''}/${memoryMib ?? ''}/${topology?.required ?? ''}/${topology?.preferred ?? ''}`;

const withoutLarger = (found: ObstacleSet): ObstacleSet | undefined => (found === LARGER_THAN_SITE ? undefined : found);

/** Place of the first limit that is not below this one. */
function placeOf(limits: readonly number[], limitMs: number): number {
  let [low, high] = [0, limits.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (limits[middle]! < limitMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What is known of the limit itself, or of two around it that agree. */
function between(limits: readonly number[], found: readonly ObstacleSet[], limitMs: number): ObstacleSet | undefined {
  const at = placeOf(limits, limitMs);
  if (limits[at] === limitMs || (at > 0 && found[at - 1] === found[at])) return found[at];
  return undefined;
}

function learn({ limits, found }: Kind, limitMs: number, set: ObstacleSet): ObstacleSet {
  const at = placeOf(limits, limitMs);
  limits.splice(at, 0, limitMs);
  found.splice(at, 0, set);
  return set;
}
