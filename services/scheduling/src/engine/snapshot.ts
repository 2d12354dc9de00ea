import { Reservation } from './reservation.js';
import { EngineState } from './state.js';
import type { NodeStatus } from './cluster.js';
import type { AdvanceReservation, JobAsk, NodeSpec, PermitFunction, PowerCap, QueueSpec, QuotaSpec, SiteFacts } from './types.js';

interface SavedJob {
  readonly ask: JobAsk;
  readonly seq: number;
  readonly old: boolean;
}

/** An engine as plain data: JSON keeps all of it. */
export interface EngineSnapshot {
  readonly nodes: readonly { readonly spec: NodeSpec; readonly status: NodeStatus; readonly lastEnd: number }[];
  readonly powerCaps: readonly (readonly [string, PowerCap])[];
  readonly advance: readonly AdvanceReservation[];
  readonly queues: readonly (readonly [string, QueueSpec])[];
  readonly tenants: readonly { readonly tenant: string; readonly quota?: QuotaSpec | undefined; readonly barredBy: readonly string[] }[];
  readonly waiting: readonly SavedJob[];
  readonly running: readonly (SavedJob & { readonly pool: number; readonly nodes: readonly number[]; readonly masks: readonly number[]; readonly slices?: number | undefined; readonly startedMs: number; readonly endMs: number })[];
  readonly reservations: readonly { readonly job: string; readonly pool: number; readonly startMs: number; readonly need: number; readonly masks: readonly (readonly [number, number])[] }[];
  readonly pools: readonly { readonly facts: SiteFacts; readonly model: string }[];
  readonly load: { readonly askedMs: number; readonly usedMs: number; readonly longestMs: number };
  readonly nextSeq: number;
  readonly agedMinute: number;
  readonly work: number;
  /** The reservations are of the cluster as it is. */
  readonly fresh: boolean;
  readonly dirty: boolean;
}

export function save(state: EngineState): EngineSnapshot {
  const { cluster, load } = state;
  return {
    // A pool is numbered by the first node that was ever in it; that node may be in another one now.
    pools: cluster.pools.map(({ facts, model }) => ({ facts, model })),
    nodes: cluster.specs.map((spec, n) => ({ spec, status: cluster.status[n]!, lastEnd: cluster.lastEnd[n]! })),
    powerCaps: [...state.power.caps],
    advance: [...state.advance.values()],
    queues: [...state.queues],
    tenants: [...state.tenants.all].map(([tenant, { quota, barredBy }]) => ({ tenant, quota, barredBy: [...barredBy] })),
    waiting: state.backlog.jobs.map(({ ask, seq, old }) => ({ ask, seq, old })),
    running: state.running.jobs.map(({ job, pool, claim, startedMs, endMs }) => ({
      ask: job.ask, seq: job.seq, old: job.old, pool: pool.number, nodes: claim.nodes, masks: claim.masks, slices: claim.slices, startedMs, endMs,
    })),
    reservations: state.reservations.filter(({ job }) => state.waiting.has(job)).map(({ job, pool, startMs, need, masks }) => ({ job, pool: pool.number, startMs, need, masks: [...masks] })),
    load: { askedMs: load.askedMs, usedMs: load.usedMs, longestMs: load.longestMs },
    nextSeq: state.nextSeq,
    agedMinute: state.agedMinute,
    work: state.backlog.work,
    fresh: state.reservedAt === cluster.version,
    dirty: state.dirty,
  };
}

export function load(snapshot: EngineSnapshot, permit: PermitFunction): EngineState {
  const state = new EngineState(permit);
  const { cluster } = state;
  for (const { facts, model } of snapshot.pools) cluster.poolFor(facts, model);
  for (const { spec } of snapshot.nodes) cluster.admit(spec, () => undefined);
  for (const each of snapshot.advance) state.advance.set(each.id, each);
  for (const [site, cap] of snapshot.powerCaps) state.power.setCap(site, cap, []);
  for (const [id, queue] of snapshot.queues) state.queues.set(id, queue);
  for (const { tenant, quota, barredBy } of snapshot.tenants) {
    const use = state.tenants.of(tenant);
    use.quota = quota;
    for (const by of barredBy) use.barredBy.add(by);
  }
  for (const { ask, seq, old } of snapshot.waiting) {
    const job = state.backlog.enter(ask, seq, state.queues.get(ask.queue), old);
    state.backlog.add(job);
    state.waiting.set(ask.job, job);
  }
  for (const { ask, seq, old, pool, nodes, masks, slices, startedMs, endMs } of snapshot.running) {
    const job = state.backlog.enter(ask, seq, state.queues.get(ask.queue), old);
    state.hold(job, cluster.pools[pool]!, { nodes, masks, milli: ask.gpuMilli, cpu: ask.cpuMilli, memory: ask.memoryMib, slices }, startedMs, endMs - startedMs);
  }
  for (const [n, { status, lastEnd }] of snapshot.nodes.entries()) {
    cluster.setStatus(n, status);
    cluster.lastEnd[n] = lastEnd;
  }
  state.reservations = snapshot.reservations.map(({ job, pool, startMs, need, masks }) => new Reservation(job, state.waiting.get(job)!.cls, cluster.pools[pool]!, startMs, need, new Map(masks)));
  state.reservedAt = snapshot.fresh ? cluster.version : -1;
  state.backlog.work = snapshot.work;
  Object.assign(state.load, snapshot.load);
  state.nextSeq = snapshot.nextSeq;
  state.agedMinute = snapshot.agedMinute;
  state.dirty = snapshot.dirty;
  return state;
}
