import type { PowerKept } from './power.js';
import type { WaitingJob } from './backlog.js';
import { EngineState } from './state.js';
import type { NodeStatus } from './cluster.js';
import type { Standing } from './order.js';
import type { SavedSizes } from './sizes.js';
import type { TenantUse } from './tenants.js';
import type { SavedPacking } from './packing/packing.js';
import type { Promised } from './preemption/promise.js';
import type { RunningJob } from './running.js';
import type { AdvanceReservation, JobAsk, NodeSpec, PermitFunction, PowerCap, QueueSpec, QuotaSpec, SiteFacts } from './types.js';

interface SavedJob {
  readonly ask: JobAsk;
  readonly seq: number;
  readonly old: boolean;
  /** Where one that waits stands. */
  readonly standing?: Pick<Standing, 'key' | 'urgent' | 'overdue' | 'small' | 'borrows'>;
}

/** What of a job that runs changes while it runs. */
type Times = Pick<RunningJob, 'startedMs' | 'endMs' | 'savedMs' | 'leaving' | 'brokenMs' | 'repaired' | 'evicted'>;

/** An engine as plain data: JSON keeps all of it. */
export interface EngineSnapshot {
  readonly nodes: readonly { readonly spec: NodeSpec; readonly status: NodeStatus; readonly lastEnd: number }[];
  readonly powerCaps: readonly (readonly [string, PowerCap])[];
  readonly advance: readonly AdvanceReservation[];
  readonly queues: readonly (readonly [string, QueueSpec])[];
  readonly tenants: readonly { readonly tenant: string; readonly quota?: QuotaSpec | undefined; readonly barredBy: readonly string[]; readonly used: number; readonly shiftMs: number; readonly borrowsFrom?: TenantUse['borrowsFrom'] }[];
  readonly waiting: readonly SavedJob[];
  readonly running: readonly (SavedJob & { readonly pool: number; readonly nodes: readonly number[]; readonly masks: readonly number[]; readonly slices?: number | undefined } & Times)[];
  readonly promised: readonly (Omit<Promised, 'pool'> & { readonly pool: number })[];
  /** Node's number → deadline. */
  readonly drains: readonly (readonly [number, number])[];
  readonly troubled: boolean;
  readonly wakeAtMs?: number | undefined;
  readonly reservations: readonly { readonly job: string; readonly pool: number; readonly startMs: number; readonly endMs: number; readonly nodes: readonly number[]; readonly bit?: number | undefined }[];
  readonly powerKept: readonly PowerKept[];
  readonly pools: readonly { readonly facts: SiteFacts; readonly model: string }[];
  /** How large the jobs were that have come so far. */
  readonly sizes: SavedSizes;
  readonly load: { readonly askedMs: number; readonly usedMs: number; readonly longestMs: number };
  /** What packing has learnt. */
  readonly packing: SavedPacking;
  readonly nextSeq: number;
  readonly plannedMs: number;
  readonly agedMinute: number;
  readonly work: number;
  /** The reservations are of the cluster as it is. */
  readonly fresh: boolean;
  readonly dirty: boolean;
}

/** @param waiting absent: all that wait */
export function save(state: EngineState, waiting: readonly WaitingJob[] = state.backlog.jobs): EngineSnapshot {
  const { cluster, load } = state;
  return {
    // A pool is numbered by the first node that was ever in it; that node may be in another one now.
    pools: cluster.pools.map(({ facts, model }) => ({ facts, model })),
    nodes: cluster.specs.map((spec, n) => ({ spec, status: cluster.status[n]!, lastEnd: cluster.lastEnd[n]! })),
    powerCaps: [...state.power.caps],
    advance: [...state.advance.values()],
    queues: [...state.queues],
    tenants: [...state.tenants.all].map(([tenant, { quota, barredBy, used, shiftMs, borrowsFrom }]) => ({ tenant, quota, barredBy: [...barredBy], used, shiftMs, borrowsFrom })),
    waiting: waiting.map(({ ask, seq, old, key, urgent, overdue, small, borrows }) => ({ ask, seq, old, standing: { key, urgent, overdue, small, borrows } })),
    running: state.running.jobs.map(({ job, pool, claim, ...times }) => ({
      ask: job.ask, seq: job.seq, old: job.old, pool: pool.number, nodes: claim.nodes, masks: claim.masks, slices: claim.slices, ...times, place: undefined,
    })),
    reservations: state.reservations.filter(({ job }) => state.waiting.has(job)).map(({ job, pool, startMs, endMs, nodes, bit }) => ({ job, pool: pool.number, startMs, endMs, nodes, bit })),
    powerKept: state.powerKept.filter(({ job }) => state.waiting.has(job)),
    promised: [...state.promised.values()].map(({ pool, ...each }) => ({ ...each, pool: pool.number })),
    drains: [...state.drains],
    troubled: state.troubled,
    ...(state.wakeAtMs === Infinity ? {} : { wakeAtMs: state.wakeAtMs }),
    sizes: state.backlog.sizes.save(),
    load: { askedMs: load.askedMs, usedMs: load.usedMs, longestMs: load.longestMs },
    packing: state.packing.save(),
    nextSeq: state.nextSeq,
    plannedMs: state.plannedMs,
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
  cluster.classes.load(snapshot.packing.classes, cluster.pools);
  for (const { spec } of snapshot.nodes) cluster.admit(spec, () => undefined);
  for (const each of snapshot.advance) state.advance.set(each.id, each);
  for (const [site, cap] of snapshot.powerCaps) state.power.setCap(site, cap, []);
  for (const [id, queue] of snapshot.queues) state.queues.set(id, queue);
  for (const { tenant, quota, barredBy, used, shiftMs, borrowsFrom } of snapshot.tenants) {
    const use = state.tenants.of(tenant);
    [use.quota, use.used, use.shiftMs, use.borrowsFrom] = [quota, used, shiftMs, borrowsFrom];
    for (const by of barredBy) use.barredBy.add(by);
  }
  for (const { ask, seq, old, standing } of snapshot.waiting) {
    const job = Object.assign(state.backlog.enter(ask, seq, state.queues.get(ask.queue), old), standing);
    state.backlog.add(job);
    state.waiting.set(ask.job, job);
  }
  for (const { ask, seq, old, pool, nodes, masks, slices, ...times } of snapshot.running) {
    const job = state.backlog.enter(ask, seq, state.queues.get(ask.queue), old);
    state.hold(job, cluster.pools[pool]!, { nodes, masks, milli: ask.gpuMilli, cpu: ask.cpuMilli, memory: ask.memoryMib, slices }, times.startedMs, times.endMs - times.startedMs);
    const held = state.holding.get(ask.job)!;
    state.setLeaving(held, times.leaving);
    Object.assign(held, times);
  }
  for (const [n, { status, lastEnd }] of snapshot.nodes.entries()) {
    cluster.setStatus(n, status);
    cluster.lastEnd[n] = lastEnd;
  }
  state.reservations = snapshot.reservations.map(({ pool, ...each }) => ({ ...each, pool: cluster.pools[pool]!, holder: state.waiting.get(each.job)!.cls }));
  state.powerKept = snapshot.powerKept;
  for (const { pool, ...each } of snapshot.promised) state.promised.set(each.job, { ...each, pool: cluster.pools[pool]! });
  for (const [node, deadlineMs] of snapshot.drains) state.drains.set(node, deadlineMs);
  state.troubled = snapshot.troubled;
  state.wakeAtMs = snapshot.wakeAtMs ?? Infinity;
  state.reservedAt = snapshot.fresh ? cluster.version : -1;
  state.backlog.work = snapshot.work;
  state.backlog.sizes.load(snapshot.sizes);
  Object.assign(state.load, snapshot.load);
  state.packing.load(snapshot.packing);
  state.nextSeq = snapshot.nextSeq;
  state.plannedMs = snapshot.plannedMs;
  state.agedMinute = snapshot.agedMinute;
  state.dirty = snapshot.dirty;
  return state;
}
