/** Runs a context's timers, on one replica at a time. */
import { AdvisoryLocks } from '@pioche/event-bus';
import { SimulatedClock, type Clock, type Instant } from '@pioche/kernel';
import type pg from 'pg';
import type { Logger } from 'pino';
import { toolsOf } from './commands/issue.js';
import type { ReactionServices } from './reaction-handler.js';
import { inSpan } from './telemetry.js';
import { dueBetween, lastDue, type Timer } from './timer.js';
import { asPlatform } from './viewer.js';

const LOOK_MS = 1_000;

export interface TimerServices extends ReactionServices {
  readonly pool: pg.Pool;
  readonly logger: Logger;
}

/** What this process has done of a timer. */
export interface Tally {
  readonly timer: string;
  done: number;
  failed: number;
  /** Milliseconds of `Date.now()`. */
  lastDone?: number;
}

export class TimerRunner {
  tallies: readonly Tally[] = [];
  private timers: readonly Timer[] = [];
  private readonly locks: AdvisoryLocks;
  /** Aborts when this replica does not lead any more. */
  private leading: AbortSignal | undefined;
  /** When each ran last, as long as this replica leads: then nobody else moves it. */
  private readonly last = new Map<string, Instant>();
  private interval: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  private work: Promise<void> | undefined;
  private again = false;
  private closed = false;

  constructor(
    private readonly context: string,
    private readonly services: TimerServices,
  ) {
    this.locks = new AdvisoryLocks(services.pool);
  }

  start(timers: readonly Timer[]): void {
    this.timers = timers;
    this.tallies = timers.map(({ name }) => ({ timer: name, done: 0, failed: 0 }));
    if (timers.length === 0) return;
    const { clock } = this.services;
    if (clock instanceof SimulatedClock) this.stopListening = clock.onAdvance(() => this.look());
    // Also with a simulated clock: another replica's leader may have died.
    this.interval = setInterval(() => this.look(), LOOK_MS).unref();
    this.look();
  }

  /** Whether timers run here, and on no other replica. */
  get leads(): boolean {
    return this.leading?.aborted === false;
  }

  /** Whether timers are at work. */
  get busy(): boolean {
    return this.work !== undefined;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.interval);
    this.stopListening?.();
    await this.work;
    await this.locks.close();
  }

  private look(): void {
    this.again = true;
    this.work ??= this.lookUntilDone().finally(() => (this.work = undefined));
  }

  private async lookUntilDone(): Promise<void> {
    while (this.again && !this.closed) {
      this.again = false;
      try {
        if (await this.isLeader()) for (const timer of this.timers) await this.runDue(timer, this.services.clock).catch((error: unknown) => this.failed(timer, error));
      } catch (error) {
        this.services.logger.error({ err: error }, 'a timer failed and will be tried again');
      }
    }
  }

  private async isLeader(): Promise<boolean> {
    if (this.leads) return true;
    this.last.clear();
    this.leading = await this.locks.tryAcquire(`timers ${this.context}`);
    return this.leading !== undefined;
  }

  private async runDue(timer: Timer, clock: Clock): Promise<void> {
    const now = clock.now();
    // A simulation has not begun: its clock stands where none of ours ever is.
    if (now === new SimulatedClock().now()) return;
    const last = this.last.get(timer.name) ?? (await this.lastRun(timer, now));
    this.last.set(timer.name, last);
    for (const at of dueBetween(timer, last, now)) {
      if (this.closed) return;
      await this.run(timer, at);
      await this.services.pool.query('UPDATE timers SET last = $2 WHERE name = $1', [timer.name, at]);
      this.last.set(timer.name, at);
      const tally = this.tallyOf(timer);
      if (tally) Object.assign(tally, { done: tally.done + 1, lastDone: Date.now() });
    }
  }

  private failed(timer: Timer, error: unknown): never {
    const tally = this.tallyOf(timer);
    if (tally) tally.failed += 1;
    throw error;
  }

  private tallyOf({ name }: Timer): Tally | undefined {
    return this.tallies.find(({ timer }) => timer === name);
  }

  /** A timer that has never run begins now. */
  private async lastRun(timer: Timer, now: Instant): Promise<Instant> {
    const { rows } = await this.services.pool.query<{ last: Date }>(
      'INSERT INTO timers (name, last) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING last',
      [timer.name, lastDue(timer, now)],
    );
    return rows[0]?.last.toISOString() ?? now;
  }

  private run(timer: Timer, now: Instant): Promise<void> {
    return inSpan(`timer ${timer.name}`, undefined, (traceparent) => {
      const tools = toolsOf(this.services, { key: ['timer', timer.name, now], actor: `timer:${timer.name}`, now, traceparent });
      return asPlatform(() => timer.run(now, tools));
    });
  }
}
