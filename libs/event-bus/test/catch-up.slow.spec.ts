/** A consumer that was away while many events went to Kafka. How fast it is, the bench measures (`npm run bench catch-up`). */
import { describeWithKafka, eventually } from '@pioche/testing';
import type { EventHandler } from '../src/index.js';
import { append, kafkaWorld } from './world.js';

const EVENTS = 200_000;
const STREAMS = 500;
const NEW = 20;

describeWithKafka('a consumer that comes back', (brokers) => {
  it('catches up, each event once and in the order of its stream, while another in its process goes on', async () => {
    const world = await kafkaWorld(brokers);
    const { pool } = world.database;
    await pool.query(
      `INSERT INTO events (stream_id, version, event_id, type, schema_version, data, meta, time)
       SELECT 'stream_' || n % ${STREAMS}, 1 + n / ${STREAMS}, 'evt_' || n, 'Counted', 1, jsonb_build_object('n', n),
         '{"actor":"test","commandId":"c","correlationId":"c","causationId":"c"}', now() FROM generate_series(0, ${EVENTS - 1}) n`,
    );
    await pool.query('CREATE TABLE counted (stream text PRIMARY KEY, version int NOT NULL, times int NOT NULL)');
    const source = world.replica();
    const heard = new Set<string>();
    const prompt = await source.consume({
      name: 'prompt',
      sources: ['inventory'],
      handle: async (batch) => batch.forEach(({ head }) => heard.add(head.subject)),
    });
    await append(world.store, [['here', 0]]);
    await eventually(async () => expect(prompt.position('inventory')).toBe(await world.store.head()), 120_000);
    const target = await world.store.head();

    let disordered = 0;
    const versions = new Map<string, number>();
    const late: EventHandler = {
      name: 'late',
      sources: ['inventory'],
      async handle(batch, tx) {
        for (const { head } of batch) {
          if ((versions.get(head.subject) ?? 0) >= head.version) disordered += 1;
          versions.set(head.subject, head.version);
        }
        const streams = Map.groupBy(batch, ({ head }) => head.subject);
        await tx.query(
          `INSERT INTO counted SELECT * FROM unnest($1::text[], $2::int[], $3::int[])
           ON CONFLICT (stream) DO UPDATE SET version = excluded.version, times = counted.times + excluded.times`,
          [[...streams.keys()], [...streams.values()].map((own) => own.at(-1)?.head.version), [...streams.values()].map((own) => own.length)],
        );
      },
    };
    const catching = await source.consume(late, { batchSize: 500 });
    await eventually(() => expect(catching.position('inventory')).toBeGreaterThan(0), 60_000);
    let meanwhile = 0;
    for (let n = 0; n < NEW; n++) {
      await append(world.store, [[`new_${n}`, n]]);
      await eventually(() => expect(heard).toContain(`new_${n}`), 60_000);
      if (catching.position('inventory') < target) meanwhile += 1;
    }
    expect(meanwhile).toBeGreaterThan(0);

    await eventually(async () => expect(catching.position('inventory')).toBe(await world.store.head()), 180_000);
    const { rows } = await pool.query(`SELECT count(*)::int AS streams, sum(times)::int AS times, sum((version <> times)::int)::int AS wrong FROM counted`);
    expect(rows).toEqual([{ streams: STREAMS + 1 + NEW, times: EVENTS + 1 + NEW, wrong: 0 }]);
    expect(disordered).toBe(0);
    await source.close();
    await world.close();
  }, 480_000);
});
