import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AdvisoryLocks } from '@pioche/event-bus';
import { AggregateStore, ConflictError, EventStore } from '@pioche/event-store';
import { epochMs, type Clock, type Instant } from '@pioche/kernel';
import { CLOCK, CONFIG, LOGGER, ProblemError, type ServiceConfig } from '@pioche/service-kit';
import pg from 'pg';
import { allOf, batchesOf, type Batch } from './batches.js';
import { Bell } from './bell.js';
import type { Board } from './board.js';
import { decisionOf } from './decision.js';
import { Picture, type LogEvent } from './picture.js';
import { PictureSnapshots } from './snapshots.js';

const READ = 5_000;
/** Events between two snapshots. */
const SNAPSHOT_EVERY = 50_000;
/** After a failure, in milliseconds. */
const REST_MS = 500;
/** How often it looks whether something is due although nothing has happened, in milliseconds. */
const LOOK_MS = 1_000;

interface Log {
  warn(details: object, message: string): void;
}

/**
 * Follows this context's own log and decides. One replica leads and appends what its engine decides; the others follow,
 * answer questions, and one of them takes over. What two of them decide at the same version of a plan is a conflict,
 * so a leader that has been replaced without knowing it decides nothing.
 */
@Injectable()
export class Dispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private current = new Picture();
  /** Everything up to here has been read and, by a leader, planned. */
  private settled = -1;
  private saved = 0;
  /** When the engine wants to plan again although nothing has happened. */
  private wakeAtMs = Infinity;
  private leading = false;
  private readonly bell = new Bell();
  private readonly settling = new Bell();
  private readonly stopping = new AbortController();
  private readonly locks: AdvisoryLocks;
  private working: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: EventStore,
    private readonly aggregates: AggregateStore,
    private readonly snapshots: PictureSnapshots,
    pool: pg.Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<ServiceConfig, 'waitLimitMs'>,
    @Inject(LOGGER) private readonly logger: Log,
  ) {
    this.locks = new AdvisoryLocks(pool);
  }

  onApplicationBootstrap(): void {
    this.working = Promise.all([this.work(), this.lead()]);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.bell.ring();
    await this.working;
    this.settling.ring();
    await this.locks.close();
  }

  /**
   * What is known, when it has everything up to a position and the engine has planned with it. A replica that follows
   * has read up to there; the leader's decisions reach it a moment later.
   * @throws ProblemError `not-caught-up` after the service's limit, and when the service stops
   */
  async picture(after = 0): Promise<Picture> {
    const end = Date.now() + this.config.waitLimitMs;
    for (;;) {
      const settles = this.settling.next();
      if (this.due) this.bell.ring();
      else if (this.settled >= after) return this.current;
      const left = end - Date.now();
      if (left <= 0 || this.stopping.signal.aborted) throw new ProblemError('not-caught-up', { details: { asked: after, at: this.settled }, headers: { 'retry-after': '1' } });
      await settles.orAfter(left);
    }
  }

  /** The board as it is now, without waiting. */
  get board(): Board {
    return this.current.board;
  }

  /** The time of decisions, also of questions about them: it never goes back. */
  get now(): Instant {
    const now = this.clock.now();
    return now > this.current.latest ? now : this.current.latest;
  }

  /** Something has to be decided because its time has come: the end of a grace, the deadline of a drain. */
  private get due(): boolean {
    return this.leading && epochMs(this.now) >= this.wakeAtMs;
  }

  private async work(): Promise<void> {
    const { signal } = this.stopping;
    const silence = this.store.onAppended(() => this.bell.ring());
    // It asks the service's clock, which may be a simulated one.
    const looking = setInterval(() => this.due && this.bell.ring(), LOOK_MS).unref();
    let known = false;
    while (!signal.aborted) {
      const rung = this.bell.next();
      try {
        if (!known) await this.begin();
        known = true;
        await this.follow();
        while (this.leading && (await this.decide()) && !signal.aborted);
        this.settled = this.current.position;
        this.settling.ring();
        if (this.leading) await this.snapshot();
        await rung.orAfter(Infinity);
      } catch (error) {
        // What it knows may be wrong: it is read anew.
        known = false;
        this.settled = -1;
        this.wakeAtMs = Infinity;
        this.logger.warn({ err: error }, 'the dispatcher begins anew');
        await this.bell.next().orAfter(REST_MS);
      }
    }
    clearInterval(looking);
    silence();
  }

  /** Leads whenever nobody else does. */
  private async lead(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const lost = await this.locks.acquire('dispatcher', signal);
      if (!lost) return;
      this.leading = true;
      this.bell.ring();
      await new Promise<void>((resolve) => {
        for (const end of [signal, lost]) {
          if (end.aborted) resolve();
          end.addEventListener('abort', () => resolve(), { once: true });
        }
      });
      this.leading = false;
    }
  }

  private async begin(): Promise<void> {
    const saved = await this.snapshots.latest();
    this.current = new Picture(saved);
    this.saved = saved?.position ?? 0;
    await this.follow();
    // Who asks for a plan would have to read its whole stream.
    for (const [id, plan] of this.current.plans) this.aggregates.learn(id, plan);
  }

  private async follow(): Promise<void> {
    for (let read = READ; read === READ; ) {
      const events = await this.store.readAll({ after: this.current.position, limit: READ });
      for (const event of events) this.current.apply(event as LogEvent);
      read = events.length;
    }
    this.current.refreshRules();
  }

  /** Plans once and records it. @returns whether it has to be asked again: something was decided, or somebody was faster */
  private async decide(): Promise<boolean> {
    const { current, now } = this;
    const nowMs = epochMs(now);
    const decisions = current.engine.plan(nowMs);
    const batches = batchesOf(decisions, (job) => current.siteOf(job));
    for (const [index, batch] of batches.entries()) if (!(await this.record(batch, now, batches.slice(index)))) return true;
    for (const site of sitesToRelease(current)) if (!(await this.record({ site }, now, []))) return true;
    if (batches.length > 0) return true;
    // Only now: who asks meanwhile waits until what was due stands in the log.
    this.wakeAtMs = Math.max(decisions.wakeAtMs ?? Infinity, nowMs + 1);
    return false;
  }

  /** @param open what to take back when it fails @returns whether it stands in the log */
  private async record(batch: Batch, now: Instant, open: readonly Batch[]): Promise<boolean> {
    const { current } = this;
    try {
      const decision = decisionOf(current, batch, now, (facts) => this.store.readAgain(facts));
      if (!decision) return true;
      const { repeated } = await this.store.append(decision.request);
      // Somebody else has decided on this version of the plan: what stands in the log is theirs.
      if (repeated) current.engine.retract(allOf(open));
      else for (const [id, known] of decision.jobs) this.aggregates.learn(id, known);
      await this.follow();
      return !repeated;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      current.engine.retract(allOf(open));
      await this.follow();
      return false;
    }
  }

  private async snapshot(): Promise<void> {
    if (this.current.position - this.saved < SNAPSHOT_EVERY) return;
    this.saved = this.current.position;
    await this.snapshots.save(this.current.save()).catch((error: unknown) => this.logger.warn({ err: error }, 'no snapshot was taken'));
  }
}

/**
 * Closed allocations are released with the next placements, but at once where a node is out: it may come back with other
 * GPUs, which its plan refuses while it holds the former ones.
 */
function* sitesToRelease({ plans, closed }: Picture): Generator<string> {
  for (const [id, allocations] of closed) {
    const state = plans.get(id)?.state;
    if (allocations.size === 0 || state?.site === undefined) continue;
    const out = [...state.nodes.values()].filter(({ status }) => status === 'withdrawn');
    if (out.some(({ holds }) => holds.some(({ allocation }) => allocations.has(allocation)))) yield state.site;
  }
}
