/** How fast it is here. The limits are far below what is usual, so that a loaded machine passes too. */
import { describeWithKafka, eventually } from '@pioche/testing';
import { LogTailSource, type EventHandler } from '../src/index.js';
import { append, counts, kafkaWorld } from './world.js';

const EVENTS = 200_000;
const say = (what: string, value: number, unit: string) => process.stdout.write(`${what}: ${Math.round(value).toLocaleString('en')} ${unit}\n`);

/** What a projection costs at least: every event is parsed, and there is a statement per batch. */
const counter = (name: string): EventHandler => ({
  name,
  sources: ['inventory'],
  async handle(batch, tx) {
    const sums = new Map<string, number>();
    for (const { event } of batch) sums.set(event.subject, (sums.get(event.subject) ?? 0) + 1);
    await tx.query(
      `INSERT INTO sums SELECT $1, * FROM unnest($2::text[], $3::int[]) ON CONFLICT (consumer, stream) DO UPDATE SET n = sums.n + excluded.n`,
      [name, [...sums.keys()], [...sums.values()]],
    );
  },
});

describeWithKafka('throughput', (brokers) => {
  it('publishes, consumes and wakes', async () => {
    const world = await kafkaWorld(brokers);
    const { database, store } = world;
    const { pool } = database;
    await pool.query('CREATE TABLE sums (consumer text, stream text, n int, PRIMARY KEY (consumer, stream))');
    const total = async (consumer: string) => {
      const { rows } = await pool.query<{ n: number }>('SELECT coalesce(sum(n), 0)::int AS n FROM sums WHERE consumer = $1', [consumer]);
      return rows[0]?.n;
    };

    const source = world.replica();
    const stamps: number[] = [];
    await source.consume({ name: 'prompt', sources: ['inventory'], handle: async () => void stamps.push(performance.now()) });
    await append(store, [['warm', 0]]);
    await eventually(() => expect(stamps.length).toBeGreaterThan(0));
    const waits: number[] = [];
    for (let n = 0; n < 300; n++) {
      await new Promise((resolve) => setTimeout(resolve, 5 + (n % 10)));
      const before = stamps.length;
      const sent = performance.now();
      await append(store, [['prompt', n]]);
      while (stamps.length === before) await new Promise((resolve) => setImmediate(resolve));
      waits.push((stamps.at(-1) ?? 0) - sent);
    }
    await eventually(() => expect(world.relay.problem).toBeUndefined());
    waits.sort((a, b) => a - b);
    say('append → Kafka → handler, p50', waits[150] ?? 0, 'ms');
    say('append → Kafka → handler, p99', waits[297] ?? 0, 'ms');
    await source.close();

    const already = world.relay.published;
    await pool.query(
      `INSERT INTO events (stream_id, version, event_id, type, schema_version, data, meta, time)
       SELECT 'node_01h2xcejqtf2nbrexx3vq' || n % 1000, 1 + n / 1000, 'evt_' || n, 'Counted', 1,
         jsonb_build_object('n', n, 'reason', repeat('x', 120)), '{"actor":"bench","commandId":"c","correlationId":"corr_01h2xcejqtf2nbrexx3vqjhp42","causationId":"caus_01h2xcejqtf2nbrexx3vqjhp42"}', now()
       FROM generate_series(0, ${EVENTS - 1}) n`,
    );
    await pool.query('ANALYZE events');
    let start = performance.now();
    await append(store, [['last', 1]]);
    await eventually(() => expect(world.relay.published - already).toBe(EVENTS + 1), 60_000);
    const relayRate = EVENTS / ((performance.now() - start) / 1_000);
    say('relay', relayRate, 'events/s');

    const kafka = world.replica();
    start = performance.now();
    const consumption = await kafka.consume(counter('kafka'));
    await eventually(async () => expect(consumption.position('inventory')).toBe(await store.head()), 60_000);
    const kafkaRate = EVENTS / ((performance.now() - start) / 1_000);
    say('consumer from Kafka, joining included', kafkaRate, 'events/s');
    expect(await total('kafka')).toBeGreaterThanOrEqual(EVENTS);
    await kafka.close();

    const tail = new LogTailSource({ pool, stores: [store], groups: [counts] });
    start = performance.now();
    const following = await tail.consume(counter('tail'));
    await eventually(async () => expect(following.position('inventory')).toBe(await store.head()), 60_000);
    const tailRate = EVENTS / ((performance.now() - start) / 1_000);
    say('consumer from the log', tailRate, 'events/s');
    await tail.close();
    await world.close();

    expect(relayRate).toBeGreaterThan(10_000);
    expect(kafkaRate).toBeGreaterThan(10_000);
    expect(tailRate).toBeGreaterThan(10_000);
  }, 180_000);
});
