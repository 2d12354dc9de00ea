/** Timers fire once per moment: on one replica, over restarts, and with one effect where they have to be repeated. */
import { AggregateStore, EventStore, eventStoreMigrations } from '@pioche/event-store';
import { SimulatedClock, type Instant } from '@pioche/kernel';
import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import { DataSource } from 'typeorm';
import { inspect, latheEvents } from '../test/workshop.js';
import { createLogger } from './logging.js';
import { serviceKitMigrations } from './migrations.js';
import { TimerRunner } from './timer-runner.js';
import { timer, type Timer } from './timer.js';

const day = (n: number): Instant => `2026-11-${n}T00:00:00.000Z`;
const noon = (n: number): Instant => `2026-11-${n}T12:00:00.000Z`;

describe('a timer', () => {
  let database: FreshDatabase;
  let store: EventStore;
  const runners: TimerRunner[] = [];
  beforeEach(async () => {
    database = await freshDatabase([...eventStoreMigrations, ...serviceKitMigrations]);
    store = new EventStore({ pool: database.pool, context: 'lab', groups: [latheEvents] });
  });
  afterEach(async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.close()));
    await store.close();
    await database.drop();
  });

  /** A replica whose clock stands at noon of the 17th, and that has looked once. */
  async function replica(daily: Timer) {
    const clock = new SimulatedClock();
    clock.advance(noon(17));
    const { pool } = database;
    const db = new DataSource({ type: 'postgres', url: database.url });
    const runner = new TimerRunner('lab', { pool, store, aggregates: new AggregateStore(store, pool), db, clock, logger: createLogger('lab', 'silent') });
    runners.push(runner);
    runner.start([daily]);
    await idle(runner);
    return { runner, clock };
  }
  const idle = (runner: TimerRunner) => eventually(() => expect(runner.busy).toBe(false));

  it('fires on one of several replicas, and not again after a restart', async () => {
    const fired: Instant[] = [];
    const daily = timer('daily', { every: 'day' }, async (now) => void fired.push(now));
    const [one, two] = [await replica(daily), await replica(daily)];
    for (const { clock, runner } of [one, two]) {
      clock.advance(noon(19));
      await idle(runner);
    }
    expect(fired).toEqual([day(18), day(19)]);
    await Promise.all([one.runner.close(), two.runner.close()]);
    const { clock, runner } = await replica(daily);
    clock.advance(noon(20));
    await idle(runner);
    expect(fired).toEqual([day(18), day(19), day(20)]);
  });

  it('that fails halfway runs again, and what it had done stays done once', async () => {
    const lathe = 'lathe_01h2xcejqtf2nbrexx3vqjhp41';
    const meta = { time: noon(17), actor: 'test', correlationId: 'c', causationId: 'c' };
    await store.append({ commandId: 'bought', writes: [{ stream: lathe, expected: 'none', events: [{ type: 'LatheBought', data: { name: 'L1' } }] }], meta });
    let runs = 0;
    const inspecting = timer('inspecting', { every: 'day' }, async (now, { tell }) => {
      await tell(inspect, lathe, { at: now });
      if ((runs += 1) === 1) throw new Error('halfway');
    });
    const { clock, runner } = await replica(inspecting);
    for (const at of [noon(18), '2026-11-18T12:00:01.000Z']) {
      clock.advance(at);
      await idle(runner);
    }
    expect(runs).toBe(2);
    expect((await store.read(lathe)).map(({ type }) => type)).toEqual(['LatheBought', 'LatheInspected']);
  });
});
