/**
 * Who runs where, when, and why not yet. Pure: no I/O, no clock, no random numbers; the same calls give the same
 * decisions, bit for bit. The service drives it with events, a simulator with its own.
 *
 * Times are milliseconds since 1970. `plan` takes what it places as held at once; a caller that could not record the
 * decisions takes them back with `retract`.
 */
import { Alternatives } from './alternatives.js';
import { estimate } from './estimates.js';
import { claimOf } from './names.js';
import { plan } from './plan.js';
import type { Reason } from './reasons.js';
import { load, save, type EngineSnapshot } from './snapshot.js';
import { EngineState } from './state.js';
import type { AdvanceReservation, Decisions, JobAsk, NodeSpec, PermitFunction, Placement, PowerCap, QueueSpec, QuotaSpec } from './types.js';
import { reasonsOf } from './why.js';
import { milliOf } from './backlog.js';

export interface Why {
  readonly job: string;
  /** The fewest that stand in the way; empty: the job starts at the next plan. */
  readonly reasons: readonly Reason[];
  /** Absent when it cannot start as things are. */
  readonly estimatedStartMs?: number;
}

const noPermit: PermitFunction = () => ({ allowed: false, rules: [], text: 'No policy is in force.' });

export class Engine {
  private estimated: { readonly key: string; readonly starts: ReadonlyMap<string, number> } | undefined;
  private otherwise: { readonly changes: number; readonly alternatives: Alternatives } | undefined;
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
    return Engine.restore(this.snapshot(), this.state.permit);
  }

  /** Adds a node, opens it again, or replaces what was known of it. @throws RangeError when a GPU that is held would be gone */
  admitNode(spec: NodeSpec): void {
    const { cluster, running } = this.state;
    cluster.admit(spec, (node, to) => {
      for (const job of running.jobs) {
        const at = job.claim.nodes.indexOf(node);
        if (at >= 0) job.claim = { ...job.claim, masks: job.claim.masks.with(at, to(job.claim.masks[at]!)) };
      }
    });
    this.changed();
  }

  /** Nothing new is placed on the node. An unknown node stays unknown. */
  cordonNode(node: string): void {
    this.setStatus(node, 'cordoned');
  }

  /** The node is out. Its jobs hold their GPUs until they are requeued: `jobsOn` names them. */
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
    this.changed();
  }

  dropReservation(id: string): void {
    if (this.state.advance.delete(id)) this.changed();
  }

  barTenant(tenant: string, by: string): void {
    this.state.tenants.of(tenant).barredBy.add(by);
    this.changed();
  }

  unbarTenant(tenant: string, by: string): void {
    this.state.tenants.of(tenant).barredBy.delete(by);
    this.changed();
  }

  /** Puts the job in its queue. One that is known already stays as it is. */
  submit(ask: JobAsk): void {
    if (this.knows(ask.job)) return;
    this.enqueue(ask, this.state.nextSeq++, false);
    this.changed();
  }

  /** The job is over without having told anything about run times. An unknown job is over already. */
  cancel(job: string): void {
    const { waiting, backlog, holding } = this.state;
    const waits = waiting.get(job);
    if (waits) {
      backlog.remove(waits);
      waiting.delete(job);
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
    held.endMs = atMs + held.job.limitMs;
    this.state.running.add(held);
    this.state.cluster.endsMoved();
    this.changed();
  }

  /** The job has ended by itself; how long it took tells about jobs to come. */
  finished(job: string, atMs: number): void {
    const held = this.state.holding.get(job);
    if (!held) return;
    const gpus = milliOf(held.job.ask);
    this.state.load.finished(held.job.limitMs * gpus, Math.max(0, atMs - held.startedMs) * gpus);
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

  /** Placements of the last plans that could not be recorded: these jobs wait as before. */
  retract(placements: readonly Pick<Placement, 'job'>[]): void {
    for (const { job } of placements) this.requeued(job);
  }

  /** Why the job waits, as of the last plan. @returns undefined for a job that does not wait */
  why(job: string, nowMs: number): Why | undefined {
    const waits = this.state.waiting.get(job);
    if (!waits) return undefined;
    const start = this.estimates(nowMs).get(job);
    return { job, reasons: reasonsOf(this.state, waits, nowMs, this.alternatives()), ...(start === undefined ? {} : { estimatedStartMs: start }) };
  }

  /** When each job that waits will start, by limits: job → milliseconds. One that cannot start as things are has none. */
  estimates(nowMs: number): ReadonlyMap<string, number> {
    const key = `${this.changes}/${nowMs}`;
    if (this.estimated?.key !== key) this.estimated = { key, starts: estimate(this.state, nowMs) };
    return this.estimated.starts;
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

  private alternatives(): Alternatives {
    if (this.otherwise?.changes !== this.changes) this.otherwise = { changes: this.changes, alternatives: new Alternatives(this.state) };
    return this.otherwise.alternatives;
  }

  private enqueue(ask: JobAsk, seq: number, old: boolean): void {
    const job = this.state.backlog.enter(ask, seq, this.state.queues.get(ask.queue), old);
    this.state.backlog.add(job);
    this.state.waiting.set(ask.job, job);
  }

  private setStatus(node: string, status: 'cordoned' | 'withdrawn'): void {
    const number = this.state.cluster.numberOf(node);
    if (number === undefined) return;
    this.state.cluster.setStatus(number, status);
    this.changed();
  }

  private changed(): void {
    this.state.dirty = true;
    this.changes += 1;
  }
}
