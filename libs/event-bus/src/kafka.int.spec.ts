import { describeWithKafka, eventually } from '@pioche/testing';
import { behaviours } from '../test/behaviours.js';
import { Kafka, logLevel } from 'kafkajs';
import { append, counts, kafkaWorld, recorder, seen, untilSeen, type KafkaWorld } from '../test/world.js';
import { KafkaTicks, LogTailSource, Relay } from './index.js';

describeWithKafka('Kafka', (brokers) => {
  behaviours((options) => kafkaWorld(brokers, options));

  describe('beyond what the log tail does', () => {
    let world: KafkaWorld;
    beforeEach(async () => {
      world = await kafkaWorld(brokers);
    });
    afterEach(() => world.close());

    it('puts a dead letter on the dead-letter topic as it came, with its consumer and the reason', async () => {
      const source = world.replica();
      const broken = recorder('broken', () => {
        throw new Error('never');
      });
      await source.consume(broken);
      await append(world.store, [['s', 1]]);
      const found: unknown[] = [];
      const anyTool = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).consumer({ groupId: `${world.prefix}look` });
      await eventually(async () => expect([...(await world.broker.endOffsets(`${world.prefix}dead-letters`)).values()]).toEqual([1]));
      await anyTool.connect();
      await anyTool.subscribe({ topics: [`${world.prefix}dead-letters`], fromBeginning: true });
      await anyTool.run({
        eachMessage: async ({ message: { key, value, headers = {} } }) => void found.push([String(key), String(value), String(headers['reason']), String(headers['content-type'])]),
      });
      const [stored] = await world.store.readRaw({ after: 0, limit: 1 });
      await eventually(() => expect(found).toEqual([['broken', stored?.json, 'Error: never', 'application/cloudevents+json; charset=UTF-8']]), 20_000);
      await anyTool.disconnect();
      await source.close();
    });

    it('skips what a relay publishes a second time, and loses nothing when relays change places', async () => {
      const source = world.replica();
      await source.consume(recorder('recorder'));
      await append(world.store, [['s', 1], ['s', 2]]);
      await untilSeen(world, ['s 1', 's 2']);

      const { store, broker, prefix } = world;
      const heir = new Relay({ store, broker, prefix, pool: world.database.pool });
      heir.start();
      await append(world.store, [['s', 3]]);
      await untilSeen(world, ['s 1', 's 2', 's 3']);
      expect([world.relay.role, heir.role]).toEqual(['leading', 'waiting']);

      // As after an acknowledgement that came too late for the checkpoint.
      await world.database.pool.query('UPDATE relay_checkpoints SET position = 1');
      await world.relay.close();
      await eventually(() => expect(heir.role).toBe('leading'));
      await append(world.store, [['s', 4], ['t', 5]]);
      await untilSeen(world, ['s 1', 's 2', 's 3', 's 4', 't 5']);
      expect(heir.published).toBeGreaterThanOrEqual(4);
      await eventually(async () => expect(await heir.lag()).toBe(0));
      await heir.close();
      await source.close();
    });

    it('takes a relay’s place when its connection dies, and takes it back', async () => {
      const { store, broker, prefix, database } = world;
      const heir = new Relay({ store, broker, prefix, pool: database.pool });
      heir.start();
      await eventually(() => expect(world.relay.role).toBe('leading'));
      await append(store, [['s', 1]]);
      await database.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      await append(store, [['s', 2], ['s', 3]]);
      const source = world.replica();
      await source.consume(recorder('recorder'));
      await untilSeen(world, ['s 1', 's 2', 's 3']);
      await eventually(() => expect([world.relay.role, heir.role].toSorted()).toEqual(['leading', 'waiting']));
      await source.close();
      await heir.close();
    });

    it('goes on from the log where Kafka has left off, and back', async () => {
      const { store, database } = world;
      const kafka = world.replica();
      await kafka.consume(recorder('recorder'));
      await append(store, [['s', 1]]);
      await untilSeen(world, ['s 1']);
      await kafka.close();

      const tail = new LogTailSource({ pool: database.pool, stores: [store], groups: [counts] });
      await tail.consume(recorder('recorder'));
      await append(store, [['s', 2]]);
      await untilSeen(world, ['s 1', 's 2']);
      await tail.close();

      const again = world.replica();
      await again.consume(recorder('recorder'));
      await append(store, [['s', 3]]);
      await untilSeen(world, ['s 1', 's 2', 's 3']);
      await again.close();
    });

    it('keeps the order of each stream over several partitions and members', async () => {
      const wide = await kafkaWorld(brokers);
      await wide.relay.close();
      await wide.broker.ensureTopic(`${wide.prefix}inventory`, { partitions: 3 });
      const relay = new Relay({ store: wide.store, broker: wide.broker, prefix: wide.prefix, pool: wide.database.pool });
      relay.start();
      const [one, two] = [wide.replica(), wide.replica()];
      await one.consume(recorder('recorder'));
      await two.consume(recorder('recorder'));
      const numbers = Array.from({ length: 120 }, (_, n) => [`s${n % 7}`, n] as const);
      await append(wide.store, numbers);
      await eventually(async () => expect(await seen(wide)).toHaveLength(120), 15_000);
      const lines = await seen(wide);
      for (const stream of new Set(numbers.map(([name]) => name))) {
        expect(lines.filter((line) => line.startsWith(`${stream} `))).toEqual(numbers.filter(([name]) => name === stream).map(([, n]) => `${stream} ${n}`));
      }
      await Promise.all([one.close(), two.close(), relay.close()]);
      await wide.close();
    });

    it('tells simulated time to every process, never backwards', async () => {
      const [one, two] = await Promise.all([KafkaTicks.open(world.broker, world.prefix), KafkaTicks.open(world.broker, world.prefix)]);
      const heard: string[] = [];
      one.onTick((at) => void heard.push(`one ${at}`));
      two.onTick((at) => void heard.push(`two ${at}`));
      await one.tick('2026-01-01T00:00:00.000Z');
      await one.tick('2025-01-01T00:00:00.000Z');
      await one.tick('2026-01-02T00:00:00.000Z');
      await eventually(() => expect(heard).toHaveLength(4));
      expect(heard.filter((line) => line.startsWith('two'))).toEqual(['two 2026-01-01T00:00:00.000Z', 'two 2026-01-02T00:00:00.000Z']);
      await Promise.all([one.close(), two.close()]);
    });
  });
});
