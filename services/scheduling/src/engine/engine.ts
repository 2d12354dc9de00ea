/**
 * Who runs where, when, and why not yet. Pure: no I/O, no clock, no random numbers; the same calls give the same
 * decisions, bit for bit. The service drives it with events, a simulator with its own.
 *
 * Times are milliseconds since 1970. `plan` takes what it places as held at once; a caller that could not record the
 * decisions takes them back with `retract`.
 */
import { claimOf } from './names.js';
import type { ReasonCode } from './obstacles.js';
import { Outlook, type Why } from './outlook.js';
import { plan } from './plan.js';
import { hearOfPromise } from './preemption/promises.js';
import { load, save, type EngineSnapshot } from './snapshot.js';
import { EngineState } from './state.js';
import type { AdvanceReservation, Decisions, JobAsk, NodeSpec, PermitFunction, Placement, PowerCap, QueueSpec, QuotaSpec } from './types.js';
import { fork } from './what-if/fork.js';
import type { Answer, Question } from './what-if/question.js';
import { whatIf } from './what-if/what-if.js';
import type { WaitingJob } from './backlog.js';
import type { Kind } from './packing/demand.js';

/** Decisions by their jobs: those of a plan that were not recorded. */
export type Retracted = { readonly [K in 'placements' | 'repairs' | 'evictions']?: readonly { readonly job: string }[] } & {
  readonly preemptions?: readonly { readonly job: string; readonly for?: string | undefined }[];
};

const noPermit: PermitFunction = () => ({ allowed: false, rules: [], text: 'No policy is in force.' });

export class Engine {
  private seen: { readonly changes: number; readonly outlook: Outlook } | undefined;
  private changes = 0;

  private constructor(private readonly state: EngineState) {}

  /** @param permit absent: nothing is permitted, so nothing is placed */
  static empty(permit: PermitFunction = noPermit): Engine {
    return new Engine(new EngineState(permit));
  }

  /** The engine as it was saved: it decides as the saved one would have. */
  static restore(snapshot: EngineSnapshot, permit: PermitFunction = noPermit): Engine {
    return new Engine(load(snapshot, permit));
  }

  /** Plain data; JSON keeps all of it. Permits are not in it. */
  snapshot(): EngineSnapshot {
    return save(this.state);
  }

  /** Another engine in the same state, to ask "what if": what is done to it does nothing here. */
  fork(): Engine {
    return new Engine(fork(this.state));
  }

  /** Adds a node, opens it again, or replaces what was known of it. @throws RangeError when a GPU that is held would be gone */
  admitNode(spec: NodeSpec): void {
    const { cluster, running, drains } = this.state;
    drains.delete(cluster.numberOf(spec.node) ?? -1);
    cluster.admit(spec, (node, to) => {
      for (const job of running.jobs) {
        const at = job.claim.nodes.indexOf(node);
        if (at >= 0) job.claim = { ...job.claim, masks: job.claim.masks.with(at, to(job.claim.masks[at]!)) };
      }
      running.renumbered(node);
    });
    this.changed();
  }

  /** Nothing new is placed on the node; what its limit lets run past the deadline is stopped then. An unknown node stays unknown. */
  cordonNode(node: string, deadlineMs?: number): void {
    this.setStatus(node, 'cordoned');
    const number = this.state.cluster.numberOf(node);
    if (number === undefined) return;
    if (deadlineMs === undefined) this.state.drains.delete(number);
    else this.state.drains.set(number, deadlineMs);
    this.state.troubled = true;
  }

  /** The node is out. Its jobs hold their GPUs until the next plan has found a spare for them or has evicted them. */
  withdrawNode(node: string): void {
    this.setStatus(node, 'withdrawn');
  }

  setQuota(tenant: string, quota: QuotaSpec): void {
    this.state.tenants.of(tenant).quota = quota;
    this.changed();
  }

  /** Opens a queue or changes it; jobs that wait in it get their place anew. */
  setQueue(id: string, queue: QueueSpec): void {
    const { queues, backlog } = this.state;
    queues.set(id, queue);
    for (const job of backlog.jobs.filter(({ ask }) => ask.queue === id)) {
      backlog.remove(job);
      this.enqueue(job.ask, job.seq, job.old);
    }
    this.changed();
  }

  /** Other rules are in force: every permit is asked for anew. What runs goes on. */
  setPermit(permit: PermitFunction): void {
    this.state.permit = permit;
    this.state.permitEpoch += 1;
    this.state.reservedAt = -1;
    this.changed();
  }

  /** What the GPUs of a site may draw; undefined: there is no cap. What runs goes on. */
  setPowerCap(site: string, cap: PowerCap | undefined): void {
    this.state.setPowerCap(site, cap);
    this.changed();
  }

  /** Keeps nodes for a time to come, or changes what was said of it. What runs there goes on. */
  addReservation(reservation: AdvanceReservation): void {
    this.state.advance.set(reservation.id, reservation);
    this.state.reservedAt = -1;
    this.changed();
  }

  dropReservation(id: string): void {
    if (!this.state.advance.delete(id)) return;
    this.state.reservedAt = -1;
    this.changed();
  }

  barTenant(tenant: string, by: string): void {
    this.state.tenants.of(tenant).barredBy.add(by);
    this.changed();
  }

  unbarTenant(tenant: string, by: string): void {
    this.state.tenants.of(tenant).barredBy.delete(by);
    // What was left to the switch while it was off may stand on a node that is gone.
    this.state.troubled = true;
    this.changed();
  }

  /** Puts the job in its queue. One that is known already stays as it is. */
  submit(ask: JobAsk): void {
    if (this.knows(ask.job)) return;
    this.state.backlog.arrived(ask, this.state.queues.get(ask.queue));
    const { cls } = this.enqueue(ask, this.state.nextSeq++, false);
    this.state.packing.arrived(cls);
    this.changed();
  }

  /** How often each kind of one-node job will come, where that is known; else it is learnt from those that come. */
  expect(kinds: readonly (Kind & { readonly count: number })[]): void {
    this.state.packing.worth.expect(kinds);
    this.changed();
  }

  /**
   * So many jobs that are `movable` may be moved for a hundred placements to make room; at first none. A caller that sets
   * this and cannot record a move rebuilds: a move is not taken back.
   */
  setMoves(per100Placements: number): void {
    this.state.packing.budget.per100 = per100Placements;
  }

  /** The job is over without having told anything about run times. An unknown job is over already. */
  cancel(job: string): void {
    const { waiting, backlog, holding } = this.state;
    const waits = waiting.get(job);
    if (waits) {
      backlog.remove(waits);
      waiting.delete(job);
      if (this.state.reservations.some((each) => each.job === job)) this.state.reservedAt = -1;
    }
    const held = holding.get(job);
    if (held) this.state.release(held);
    if (waits ?? held) this.changed();
  }

  /** A decision that was recorded elsewhere: by another engine, or read from the log. Known already: nothing. */
  placed(job: string, placements: Placement['placements'], atMs: number): void {
    const { waiting, backlog, cluster } = this.state;
    const waits = waiting.get(job);
    if (!waits) return;
    const claim = claimOf(cluster, placements, waits.ask);
    backlog.remove(waits);
    waiting.delete(job);
    this.state.hold(waits, cluster.poolOf[claim.nodes[0]!]!, claim, atMs);
    this.changed();
  }

  /** Its processes run: its limit counts from now. */
  started(job: string, atMs: number): void {
    const held = this.state.holding.get(job);
    if (!held || held.startedMs === atMs) return;
    this.state.running.remove(held);
    held.startedMs = atMs;
    held.savedMs = atMs;
    const limitEndMs = atMs + held.job.limitMs;
    // Who has been asked to stop has no more time for having started late.
    if (held.leaving) held.leaving = { ...held.leaving, limitEndMs };
    else held.endMs = limitEndMs;
    this.state.running.add(held);
    this.state.cluster.endsMoved();
    this.changed();
  }

  /** Its progress up to then is saved: so much is not lost when it has to stop. */
  checkpointed(job: string, atMs: number): void {
    const held = this.state.holding.get(job);
    if (held && held.savedMs !== atMs) {
      held.savedMs = atMs;
      this.changed();
    }
  }

  /** An order to stop that was recorded: by this engine, which knows it already, or by another. */
  preemptionOrdered(job: string, byMs: number, forJob?: string): void {
    const held = this.state.holding.get(job);
    if (!held || held.leaving) return;
    this.state.leave(held, byMs, forJob);
    if (forJob !== undefined) hearOfPromise(this.state, forJob, held);
    this.state.troubled = true;
    this.changed();
  }

  /** A gang that goes on with other nodes; its limit counts anew when it starts. */
  repaired(job: string, placements: Placement['placements'], atMs: number): void {
    const held = this.state.holding.get(job);
    if (!held) return;
    const claim = claimOf(this.state.cluster, placements, held.job.ask);
    held.repaired = undefined;
    const known = claim.nodes.every((node, i) => held.claim.nodes[i] === node && held.claim.masks[i] === claim.masks[i]);
    if (known) return;
    this.state.replaced(held, claim, atMs);
    this.changed();
  }

  /** The job has ended by itself; how long it took tells about jobs to come. */
  finished(job: string, atMs: number): void {
    const held = this.state.holding.get(job);
    if (!held) return;
    const { limitMs, cls: { milli } } = held.job;
    this.state.load.finished(limitMs * milli, Math.max(0, atMs - held.startedMs) * milli);
    this.state.release(held);
    this.changed();
  }

  /** The job has lost its GPUs and waits again, at the place of its first arrival. */
  requeued(job: string): void {
    const held = this.state.holding.get(job);
    if (!held) return;
    this.state.release(held);
    this.enqueue(held.job.ask, held.job.seq, held.job.old);
    this.changed();
  }

  /** Starts what may start now. Without any change since the last plan there is nothing to decide. */
  plan(nowMs: number): Decisions {
    const before = this.state.plans;
    const decided = plan(this.state, nowMs);
    if (this.state.plans !== before) this.changes += 1;
    return decided;
  }

  /** What the last plans decided and could not be recorded: all is as before. */
  retract({ placements = [], preemptions = [], repairs = [], evictions = [] }: Retracted): void {
    const { state } = this;
    for (const { job } of placements) this.requeued(job);
    for (const { job, for: forJob } of preemptions) {
      const held = state.holding.get(job);
      if (held) state.stay(held);
      if (forJob !== undefined) state.promised.delete(forJob);
    }
    for (const { job } of repairs) {
      const held = state.holding.get(job);
      if (held?.repaired) {
        const { from, endMs, leaving, ...before } = held.repaired;
        state.move(held, from);
        state.setLeaving(held, leaving);
        state.endsAt(held, endMs);
        Object.assign(held, before, { repaired: undefined });
      }
    }
    for (const { job } of evictions) {
      const held = state.holding.get(job);
      if (held) held.evicted = undefined;
    }
    state.troubled = true;
    this.changed();
  }

  /** Why the job waits, in words. @returns undefined for a job that does not wait */
  why(job: string, nowMs: number): Why | undefined {
    return this.outlook(nowMs).why(job);
  }

  /** Why each job waits, as codes: one list for each of `pending()`, in that order. What starts at the next plan has none. */
  whyAll(nowMs: number): readonly (readonly ReasonCode[])[] {
    const outlook = this.outlook(nowMs);
    const codes = outlook.codes();
    if (outlook.state === this.state) return codes;
    const found = new Map(outlook.state.backlog.jobs.map(({ ask }, i) => [ask.job, codes[i]!]));
    return this.state.backlog.jobs.map(({ ask }) => found.get(ask.job) ?? []);
  }

  /** When each job that waits will start, by limits: job → milliseconds. One that cannot start as things are has none. */
  estimates(nowMs: number): ReadonlyMap<string, number> {
    return this.outlook(nowMs).starts();
  }

  /**
   * What would be otherwise, if … It is tried on forks: nothing changes here.
   * @returns undefined where what the question is about is not there: a job that does not wait, unknown nodes
   */
  whatIf(question: Question, nowMs: number): Answer | undefined {
    return whatIf(this.state, question, nowMs);
  }

  /** Jobs that hold GPUs of the node, in the order of their ends. */
  jobsOn(node: string): string[] {
    const number = this.state.cluster.numberOf(node);
    return number === undefined ? [] : this.state.running.jobs.filter(({ claim }) => claim.nodes.includes(number)).map(({ job }) => job.ask.job);
  }

  /** Jobs that wait, in the order they are served. */
  pending(): string[] {
    return this.state.backlog.jobs.map(({ ask }) => ask.job);
  }

  /** Jobs that hold GPUs and were due to end by then. */
  overdue(nowMs: number): string[] {
    return this.state.running.jobs.filter(({ endMs }) => endMs <= nowMs).map(({ job }) => job.ask.job);
  }

  knows(job: string): boolean {
    return this.state.waiting.has(job) || this.state.holding.has(job);
  }

  /** The state as the next plan leaves it: as it is when that has been made, else a fork that is planned. */
  private outlook(nowMs: number): Outlook {
    const { changes, state } = this;
    if (this.seen?.changes === changes && this.seen.outlook.nowMs === nowMs) return this.seen.outlook;
    const planned = state.dirty || nowMs >= state.wakeAtMs ? fork(state) : state;
    const started = planned === state ? [] : plan(planned, nowMs).placements.map(({ job }) => job);
    const outlook = new Outlook(planned, nowMs, started);
    this.seen = { changes, outlook };
    return outlook;
  }

  private enqueue(ask: JobAsk, seq: number, old: boolean): WaitingJob {
    const job = this.state.backlog.enter(ask, seq, this.state.queues.get(ask.queue), old);
    this.state.backlog.add(job);
    this.state.waiting.set(ask.job, job);
    return job;
  }

  private setStatus(node: string, status: 'cordoned' | 'withdrawn'): void {
    const number = this.state.cluster.numberOf(node);
    if (number === undefined) return;
    this.state.cluster.setStatus(number, status);
    if (status === 'withdrawn') {
      this.state.drains.delete(number);
      this.state.troubled = true;
    }
    this.changed();
  }

  private changed(): void {
    this.state.dirty = true;
    this.changes += 1;
  }
}
