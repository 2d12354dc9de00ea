/** Drives an engine through a scenario as the service does: what happens, a plan, what of it is recorded, and so on to the end. */
import { Engine, type Decisions, type EngineSnapshot, type PermitFunction } from '../../src/engine/index.js';
import { Bookkeeper } from './bookkeeper.js';
import { Chance } from './chance.js';
import type { Actor, Happening, Policy, Scenario } from './scenario.js';

/** A run is endless when it has not come to rest after so many plans. */
const MOST_PLANS = 3_000;
/** Plans at one and the same time, at most. */
const MOST_ROUNDS = 60;

export interface Options {
  /** Of 100 times, so many the engine is saved as JSON, and restored. */
  readonly restores?: number;
  /** Of 100 times, so many the engine is gone, and one that has only been told takes over. */
  readonly failovers?: number;
}

export interface Outcome {
  /** All that was decided, as text. */
  readonly decided: string;
  /** What should not have been; empty: nothing. */
  readonly wrong: readonly string[];
  readonly plans: number;
  readonly preemptions: number;
  readonly repairs: number;
  readonly evictions: number;
  readonly failovers: number;
}

type Due = Happening | ({ readonly atMs: number } & ({ readonly what: 'start' | 'end' | 'leave'; readonly job: string; readonly attempt: number } | { readonly what: 'wake' }));

export const permitBy = (policy: Policy): PermitFunction => ({ tenant }, { site }) =>
  policy.some((pair) => pair.tenant === tenant && pair.site === site)
    ? { allowed: false, rules: ['residency'], text: `${tenant} may not use ${site}.` }
    : { allowed: true, policy: 'policy_base', policyVersion: 1, rules: ['baseline'] };

/** Runs it to its end: until nothing is due any more. */
export const run = (scenario: Scenario, options: Options = {}): Outcome => new Driver(scenario, options).run();

class Driver {
  private readonly due: Due[];
  private readonly actors = new Map<string, Actor>();
  private readonly attempts = new Map<string, number>();
  private readonly book = new Bookkeeper();
  private readonly decided: string[] = [];
  private readonly chance: Chance;
  /** Apart from the other, so that what is tried with engines changes nothing of what happens. */
  private readonly trials: Chance;
  private permit = permitBy([]);
  private leader = Engine.empty(this.permit);
  private follower: Engine | undefined;
  private nowMs = 0;
  private readonly counts = { plans: 0, preemptions: 0, repairs: 0, evictions: 0, failovers: 0 };

  constructor(private readonly scenario: Scenario, private readonly options: Options) {
    this.due = [...scenario.happenings];
    this.chance = new Chance(scenario.seed + 1);
    this.trials = new Chance(scenario.seed + 2);
    if (options.failovers !== undefined) this.follower = Engine.empty(this.permit);
  }

  run(): Outcome {
    while (this.due.length > 0 && this.counts.plans < MOST_PLANS) {
      this.nowMs = this.due[0]!.atMs;
      while (this.due[0]?.atMs === this.nowMs) this.happens(this.due.shift()!);
      this.settle();
      this.trial();
    }
    const { wrong } = this.book;
    if (this.counts.plans >= MOST_PLANS) wrong.push('it does not come to rest');
    else for (const job of this.book.starved(this.nowMs)) wrong.push(`${job} could run and waits for ever`);
    return { decided: this.decided.join('\n'), wrong, ...this.counts };
  }

  private tell(what: (engine: Engine) => void): void {
    what(this.leader);
    if (this.follower) what(this.follower);
  }

  private later(due: Due): void {
    let at = this.due.length;
    while (at > 0 && this.due[at - 1]!.atMs > due.atMs) at--;
    this.due.splice(at, 0, due);
  }

  private happens(one: Due): void {
    const { nowMs } = this;
    switch (one.what) {
      case 'wake':
        return;
      case 'start':
        if (this.attempts.get(one.job) !== one.attempt || !this.book.held.has(one.job)) return;
        this.book.started(one.job, nowMs);
        return this.tell((engine) => engine.started(one.job, nowMs));
      case 'end':
        if (this.attempts.get(one.job) !== one.attempt || !this.book.held.has(one.job)) return;
        this.book.ended(one.job);
        return this.tell((engine) => engine.finished(one.job, nowMs));
      case 'leave':
        if (this.attempts.get(one.job) !== one.attempt || !this.book.held.has(one.job)) return;
        return this.requeue(one.job);
      default:
        this.book.happened(one);
        if (one.what === 'submit') this.actors.set(one.actor.ask.job, one.actor);
        if (one.what === 'policy') this.permit = permitBy(one.policy);
        return this.tell((engine) => apply(engine, one));
    }
  }

  private requeue(job: string): void {
    this.attempts.set(job, this.attempts.get(job)! + 1);
    this.book.requeued(job);
    this.tell((engine) => engine.requeued(job));
  }

  /** Plans until there is nothing more to decide at this time. */
  private settle(): void {
    for (let round = 0; ; round++) {
      const decisions = this.leader.plan(this.nowMs);
      this.counts.plans += 1;
      this.decided.push(JSON.stringify(decisions));
      const { placements, preemptions, repairs, evictions, wakeAtMs } = decisions;
      const some = placements.length + preemptions.length + repairs.length + evictions.length > 0;
      if (some && this.chance.of100(this.scenario.conflicts)) this.leader.retract(decisions);
      else {
        this.book.decided(decisions);
        this.record(decisions);
        if (!some) {
          if (wakeAtMs !== undefined) this.later({ atMs: wakeAtMs, what: 'wake' });
          return;
        }
      }
      if (round > MOST_ROUNDS) {
        this.book.wrong.push('plans again and again at one time');
        return;
      }
    }
  }

  /** As the log says it: what stops, what moves, who is asked, what starts. */
  private record({ evictions, repairs, preemptions, placements, nowMs }: Decisions): void {
    this.counts.evictions += evictions.length;
    this.counts.repairs += repairs.length;
    this.counts.preemptions += preemptions.length;
    for (const { job } of evictions) this.requeue(job);
    for (const { job, placements: shares } of repairs) {
      this.tell((engine) => engine.repaired(job, shares, nowMs));
      this.begins(job, this.limitMsOf(job));
    }
    for (const { job, byMs, for: forJob } of preemptions) {
      this.tell((engine) => engine.preemptionOrdered(job, byMs, forJob));
      const { obeysAfter } = this.actors.get(job)!;
      if (obeysAfter !== undefined) this.later({ atMs: Math.max(nowMs + 1, Math.floor(nowMs + obeysAfter * (byMs - nowMs))), what: 'leave', job, attempt: this.attempts.get(job)! });
    }
    for (const { job, placements: shares, timeLimitS } of placements) {
      this.tell((engine) => engine.placed(job, shares, nowMs));
      this.begins(job, timeLimitS * 1000);
    }
  }

  private limitMsOf(job: string): number {
    const { timeLimitS, queue } = this.actors.get(job)!.ask;
    return 1000 * (timeLimitS ?? this.book.queues.get(queue)!.defaultTimeLimitS);
  }

  private begins(job: string, limitMs: number): void {
    const { share, startDelayMs } = this.actors.get(job)!;
    const attempt = (this.attempts.get(job) ?? 0) + 1;
    this.attempts.set(job, attempt);
    const startMs = this.nowMs + startDelayMs;
    this.later({ atMs: startMs + (startDelayMs === 0 ? 1 : 0), what: 'start', job, attempt });
    this.later({ atMs: startMs + Math.max(1, Math.round(limitMs * share)), what: 'end', job, attempt });
  }

  /** Others make room for a gang: which of its nodes were free already is not recorded. */
  private get gangAwaits(): boolean {
    return [...this.book.held.values()].some(({ ordered }) => ordered?.for !== undefined && this.actors.get(ordered.for)!.ask.nodes > 1);
  }

  private trial(): void {
    if (this.options.restores !== undefined && this.trials.of100(this.options.restores))
      this.leader = Engine.restore(JSON.parse(JSON.stringify(this.leader.snapshot())) as EngineSnapshot, this.permit);
    if (!this.follower || this.options.failovers === undefined || !this.trials.of100(this.options.failovers)) return;
    this.counts.failovers += 1;
    const [told, known] = [this.follower, this.leader].map((engine) => factsOf(engine.snapshot()));
    if (told !== known) this.book.wrong.push(`at ${this.nowMs} the follower knows ${told}, the leader ${known}`);
    if (this.scenario.calm && !this.gangAwaits) {
      // In another minute, so that both look at ages and shares anew.
      const soonMs = (Math.floor(this.nowMs / 60_000) + 1) * 60_000;
      const [follows, leads] = [this.follower, this.leader].map((engine) => whatNext(engine, soonMs));
      if (follows !== leads) this.book.wrong.push(`at ${this.nowMs} the follower would decide ${follows}, the leader ${leads}`);
    }
    this.leader = this.follower;
    this.follower = Engine.restore(this.leader.snapshot(), this.permit);
    this.settle();
  }
}

/** What of a snapshot follows from what was recorded: not what a plan has learnt, foreseen or promised. */
const factsOf = ({ waiting, running, drains, powerCaps, advance, nodes }: EngineSnapshot): string =>
  JSON.stringify({
    waiting: waiting.map(({ ask }) => ask.job).sort(),
    running: running.map(({ ask, nodes: on, masks, slices, startedMs, endMs, savedMs, leaving, evicted }) => ({ job: ask.job, on, masks, slices, startedMs, endMs, savedMs, leaving, evicted })),
    drains, powerCaps, advance,
    nodes: nodes.map(({ spec, status }) => [spec.node, status]),
  });

/** Who would start and who would be stopped, if all were looked at anew. */
function whatNext(engine: Engine, nowMs: number): string {
  const fork = engine.fork();
  fork.setQuota('nobody', { guaranteed: 0, borrowable: 0, weight: 0 });
  const { placements, preemptions, repairs, evictions } = fork.plan(nowMs);
  return JSON.stringify([placements, preemptions, repairs, evictions].map((all) => all.map(({ job }) => job)));
}

function apply(engine: Engine, one: Happening): void {
  switch (one.what) {
    case 'submit':
      return engine.submit(one.actor.ask);
    case 'cancel':
      return engine.cancel(one.job);
    case 'checkpoint':
      return engine.checkpointed(one.job, one.atMs);
    case 'admit':
      return engine.admitNode(one.node);
    case 'withdraw':
      return engine.withdrawNode(one.node);
    case 'drain':
      return engine.cordonNode(one.node, one.deadlineMs);
    case 'quota':
      return engine.setQuota(one.tenant, one.quota);
    case 'queue':
      return engine.setQueue(one.queue, one.spec);
    case 'bar':
      return engine.barTenant(one.tenant, 'switch');
    case 'unbar':
      return engine.unbarTenant(one.tenant, 'switch');
    case 'policy':
      return engine.setPermit(permitBy(one.policy));
    case 'power':
      return engine.setPowerCap(one.site, one.cap);
    case 'reserve':
      return engine.addReservation(one.reservation);
    default:
      return engine.dropReservation(one.id);
  }
}
