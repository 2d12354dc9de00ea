/** A steady load of commands: as many a second, whether the last ones were answered or not, up to a bound under way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { plusSeconds } from '@pioche/kernel';
import type { Cast } from '../../scenario/cast.js';
import type { Shape } from '../../shape.js';
import type { Deed } from './deed.js';
import { FleetDriver } from './fleet-driver.js';
import { Mix, type Manner } from './mix/mix.js';
import { MonthEnds } from './month-ends.js';
import type { Sender } from './sender.js';
import type { SmallWorld } from './small-world.js';
import { monthEnd, monthOf, type SimulatedTime } from './time.js';

/** More are not under way: a service that is away is not asked without end. */
const MOST_UNDER_WAY = 48;
const TICK_MS = 500;
/** A version that no stream has. */
const STALE = '999999';

export interface LoadOptions {
  readonly seed: number;
  /** Commands per second. */
  readonly rate: number;
  readonly forMs: number;
  readonly shape: Shape;
  readonly cast: Cast;
  readonly world: SmallWorld;
  readonly sender: Sender;
  readonly time: SimulatedTime;
  readonly signal: AbortSignal;
}

export class Load {
  private readonly mix: Mix;
  /** What is under way. */
  private readonly errands = new Set<Promise<void>>();
  private readonly failed: unknown[] = [];
  private ticking: Promise<void> | undefined;

  private constructor(
    private readonly options: LoadOptions,
    private readonly fleet: FleetDriver,
    private readonly months: MonthEnds,
    mix: Mix,
  ) {
    this.mix = mix;
  }

  static async prepare(options: LoadOptions): Promise<Load> {
    const { seed, world, time, cast, sender } = options;
    const mix = new Mix(seed, world, time);
    const fleet = new FleetDriver(world.site, await cast.gateway(world.site), sender, time, (name) => mix.jobs.lengths.get(name) ?? 60);
    return new Load(options, fleet, new MonthEnds(await cast.operator(), sender, fleet, time), mix);
  }

  /** Until the time is over, or `over` says so before. What was asked may still be under way. @throws what ends the nodes before */
  async run(over?: AbortSignal): Promise<void> {
    const { rate, forMs, time, signal } = this.options;
    this.fleet.start();
    const begun = Date.now();
    const ended = (): boolean => Date.now() - begun >= forMs || over?.aborted === true;
    const ticks = setInterval(() => this.tick(), TICK_MS);
    try {
      for (let n = 1; !ended(); n += 1) {
        const early = begun + (n * 1000) / rate - Date.now();
        if (early > 0) await sleep(early, undefined, { signal });
        while (this.errands.size >= MOST_UNDER_WAY && !ended()) await sleep(10, undefined, { signal });
        time.turn(n);
        const { deed, manner } = this.mix.next();
        this.start(deed, manner);
      }
    } finally {
      clearInterval(ticks);
    }
  }

  /** Lets everything that is under way end, and time go on to the end of the month; then closes the months. @throws what could not be ended */
  async finish(untilQuiet: () => Promise<void>): Promise<void> {
    const { time, shape, cast } = this.options;
    await Promise.all(this.errands);
    if (this.failed.length > 0) throw this.failed[0];
    await this.fleet.stop();
    await this.months.settle();
    time.reach(plusSeconds(monthEnd(monthOf(time.now)), 2 * 3600));
    await this.ticking;
    await shape.tick(time.now);
    // Jobs that end make room for others: until those who have been given room have nothing more to say either.
    const operator = await cast.operator();
    for (let due = true; due; ) {
      await untilQuiet();
      await this.fleet.round((await operator.get<{ head: number }>('scheduling', '/lag')).head);
      const next = this.fleet.nextDue();
      due = next !== undefined && next <= time.now;
    }
    await untilQuiet();
    await this.months.settleAll();
    await untilQuiet();
  }

  private start(deed: Deed, manner: Manner): void {
    const work = this.perform(deed, manner)
      .catch((error: unknown) => void this.failed.push(error))
      .finally(() => this.errands.delete(work));
    this.errands.add(work);
  }

  private async perform(deed: Deed, manner: Manner): Promise<void> {
    const { sender } = this.options;
    if ('errand' in deed) return deed.errand(sender);
    const numbered = sender.number(deed.ask);
    const options = deed.staleMatch ? { match: STALE } : {};
    const attempts = await Promise.all(Array.from({ length: manner === 'together' ? 2 : 1 }, () => sender.once(numbered, options)));
    const lost = attempts.includes(undefined);
    if (manner === 'again' || (manner === 'insisting' && lost)) await sender.once(numbered, options);
    if (deed.reusedFor !== undefined) await sender.once(sender.number({ ...deed.ask, body: deed.reusedFor }));
  }

  /** Time is told to timers; a broker that is away is told the next time. */
  private tick(): void {
    this.months.look();
    this.ticking ??= this.options.shape.tick(this.options.time.now).catch(() => undefined).finally(() => (this.ticking = undefined));
  }
}
