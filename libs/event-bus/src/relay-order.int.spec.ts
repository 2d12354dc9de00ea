/** What a relay owes the log, seen at the broker: everything, in order, under its stream, from one relay at a time. */
import { eventually } from '@pioche/testing';
import { PaperBroker } from '../test/paper-broker.js';
import { append, logTailWorld, type World } from '../test/world.js';
import { Relay } from './relay.js';

describe('a relay', () => {
  let world: World;
  let broker: PaperBroker;
  const relays: Relay[] = [];
  beforeEach(async () => {
    world = await logTailWorld();
    broker = new PaperBroker();
  });
  afterEach(async () => {
    broker.beforeTaking = async () => {};
    await Promise.all(relays.splice(0).map((relay) => relay.close()));
    await world.close();
  });

  const start = () => {
    const relay = new Relay({ store: world.store, pool: world.database.pool, broker, prefix: 'paper.' });
    relays.push(relay);
    relay.start();
    return relay;
  };
  const published = () => broker.records.map(({ value }) => value);
  const logged = async () => (await world.store.readRaw({ after: 0, limit: 100 })).map(({ json }) => json);
  const checkpoint = async () => {
    const { rows } = await world.database.pool.query<{ position: string }>('SELECT position FROM relay_checkpoints');
    return Number(rows[0]?.position ?? 0);
  };

  it('publishes in the order of the log, each under its stream', async () => {
    await append(world.store, [['a', 1], ['b', 2], ['a', 3], ['c', 4], ['b', 5]]);
    start();
    await eventually(() => expect(broker.records).toHaveLength(5));
    expect(published()).toEqual(await logged());
    expect(broker.records.map(({ key }) => key)).toEqual(['a', 'b', 'a', 'c', 'b']);
  });

  it('moves its checkpoint only after the acknowledgement, and publishes again what had none', async () => {
    await append(world.store, [['s', 1]]);
    start();
    await eventually(async () => expect(await checkpoint()).toBe(await world.store.head()));
    const acknowledged = await checkpoint();
    const during: number[] = [];
    broker.beforeTaking = async () => {
      during.push(await checkpoint());
      if (during.length < 3) throw new Error('no leader');
    };
    await append(world.store, [['s', 2]]);
    await eventually(() => expect(during.length).toBeGreaterThanOrEqual(3), 3_000).catch(() => undefined);
    expect(during.slice(0, 3)).toEqual([acknowledged, acknowledged, acknowledged]);
    await eventually(async () => expect(published()).toEqual(await logged()));
  });

  it('publishes alone: another one waits for its place', async () => {
    const open = Promise.withResolvers<void>();
    let publishing = 0;
    broker.beforeTaking = () => {
      publishing += 1;
      return open.promise;
    };
    await append(world.store, [['s', 1]]);
    start();
    await eventually(() => expect(publishing).toBe(1));
    start();
    const asked = async () =>
      (await world.database.pool.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_try_advisory_lock%' AND state = 'idle'`)).rowCount ?? 0;
    await eventually(async () => expect(publishing === 2 || (await asked()) === 2).toBe(true));
    expect(publishing).toBe(1);
    open.resolve();
    await eventually(async () => expect(published()).toEqual(await logged()));
  });
});
