import { setTimeout as sleep } from 'node:timers/promises';
import { parseCloudEventHead } from '@pioche/contracts';
import { EventStore, eventStoreMigrations } from '@pioche/event-store';
import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import { MemoryBroker } from '../test/memory-broker.js';
import { append, counts } from '../test/world.js';
import { eventBusMigrations, Relay, type Outgoing } from './index.js';

/** Ends the connections that say who leads, as a broken network or a restart of the database does. */
const LOSE_LOCKS = `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

describe('two relays of one log', () => {
  let database: FreshDatabase;
  let store: EventStore;
  let topic: Outgoing[];
  const relays: Relay[] = [];
  beforeEach(async () => {
    database = await freshDatabase([...eventStoreMigrations, ...eventBusMigrations]);
    store = new EventStore({ pool: database.pool, context: 'inventory', groups: [counts] });
    topic = [];
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.close()));
    await store.close();
    await database.drop();
  });

  const relay = (onTheWay: (messages: readonly Outgoing[]) => Promise<void>, batchSize = 2): Relay => {
    const one = new Relay({ store, pool: database.pool, broker: new MemoryBroker(topic, onTheWay), prefix: 'test.', batchSize });
    relays.push(one);
    one.start();
    return one;
  };
  const positionsOf = (messages: readonly Outgoing[]) => messages.map(({ value }) => parseCloudEventHead(value).position);
  const inLog = async () => (await store.readRaw({ after: 0, limit: 10_000 })).map(({ position }) => position);

  /** What a consumer takes: an event whose position it has passed is done already, for it. */
  function taken(): number[] {
    const done: number[] = [];
    for (const position of positionsOf(topic)) if (position > (done.at(-1) ?? 0)) done.push(position);
    return done;
  }

  it('leave no gap, though one that led wakes up and sends what another has long sent, and more', async () => {
    const sleeping = Promise.withResolvers<void>();
    await append(store, [['s', 1], ['s', 2], ['s', 3], ['s', 4]]);
    const first = relay((messages) => (positionsOf(messages).includes(4) ? sleeping.promise : Promise.resolve()));
    await eventually(() => expect(taken()).toEqual([1, 2]));
    const heir = relay(() => Promise.resolve());
    await database.pool.query(LOSE_LOCKS);
    await eventually(() => expect(heir.role).toBe('leading'));
    await append(store, [['s', 5], ['s', 6]]);
    await eventually(() => expect(taken()).toEqual(upTo(6)));

    sleeping.resolve();
    await eventually(() => expect(positionsOf(topic).filter((position) => position === 4)).toHaveLength(2));
    await eventually(() => expect(first.role).toBe('waiting'));
    await append(store, [['s', 7]]);
    await eventually(() => expect(taken()).toEqual(upTo(7)));
    expect(positionsOf(topic).filter((position) => position === 7)).toHaveLength(1);
  });

  it('leave no gap however often they change places', async () => {
    const slowly = () => sleep(Math.random() * 15);
    relay(slowly, 7);
    relay(slowly, 5);
    for (let round = 0; round < 25; round += 1) {
      await append(store, Array.from({ length: 8 }, (_, n) => [`s${n % 3}`, n] as const));
      if (round % 2 === 0) await database.pool.query(LOSE_LOCKS);
    }
    const log = await inLog();
    await eventually(() => expect(taken().at(-1)).toBe(log.at(-1)), 20_000);
    expect(taken()).toEqual(log);
  });

  it('go on from the beginning of a topic that was made anew, also when that was cut short', async () => {
    const never = new Promise<void>(() => {});
    const first = relay(() => Promise.resolve());
    await append(store, [['s', 1], ['s', 2], ['s', 3], ['s', 4]]);
    await eventually(() => expect(taken()).toEqual(upTo(4)));
    await first.close();
    relays.pop();
    topic.length = 0;
    // Has published 1 and 2 again when it is lost: nobody may believe that the old topic is still there.
    relay((messages) => (positionsOf(messages).includes(3) ? never : Promise.resolve()));
    await eventually(() => expect(taken()).toEqual([1, 2]));
    relay(() => Promise.resolve());
    await database.pool.query(LOSE_LOCKS);
    await eventually(() => expect(taken()).toEqual(upTo(4)), 10_000);
    // It cannot be closed: it waits for its answer for ever.
    relays.shift();
  });
});

describe('a relay', () => {
  it('is well again once nothing waits, though it has published nothing since it was in trouble', async () => {
    const database = await freshDatabase([...eventStoreMigrations, ...eventBusMigrations]);
    const store = new EventStore({ pool: database.pool, context: 'inventory', groups: [counts] });
    const broker = new MemoryBroker([], () => Promise.resolve());
    const troubles: unknown[] = [];
    let reachable = false;
    broker.ensureTopic = () => (reachable ? Promise.resolve() : Promise.reject(new Error('no leader yet')));
    const relay = new Relay({ store, pool: database.pool, broker, prefix: 'test.', onTrouble: (error) => void troubles.push(error) });
    relay.start();
    await eventually(() => expect(troubles.length).toBeGreaterThan(1));
    expect(relay.problem).toBe('Error: no leader yet');
    reachable = true;
    await eventually(() => expect([relay.problem, relay.troubledSince]).toEqual([undefined, undefined]));
    await relay.close();
    await store.close();
    await database.drop();
  });
});

/** The first positions of a log. */
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
