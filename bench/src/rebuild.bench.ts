/**
 * Seconds from asking for a rebuild to queries reading the new tables, over a million events, while the read model is
 * queried and gets new events: of a context's own log, and of another context's through Kafka. Beside it: one SQL
 * statement over the same events, with nobody to wait for it.
 */
import { eventBusMigrations, KafkaBroker, KafkaSource, LogTailSource, Relay, type EventSource } from '@pioche/event-bus';
import type { EventStore } from '@pioche/event-store';
import { ReadModels } from '@pioche/projections';
import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import { DataSource } from 'typeorm';
import { allocations, filledStore, newPrefix } from './allocations.js';
import { caughtUp } from './caught-up.js';
import { brokersOfThisRun } from './kafka-tools.js';
import { folded, Folded, listed, Listed, QUESTIONS, STATEMENTS } from './rebuild/models.js';
import { Asking, Writing } from './rebuild/others.js';
import { report, seconds } from './report.js';

const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 1_000_000);
const PATIENCE_MS = 240_000;

const { database, store } = await filledStore(EVENTS);
const broker = new KafkaBroker({ brokers: brokersOfThisRun() });
const prefix = newPrefix();

async function bySql(name: keyof typeof STATEMENTS): Promise<number> {
  await database.pool.query('DROP TABLE IF EXISTS listed_by_sql; CREATE TABLE listed_by_sql (event text PRIMARY KEY, position int, tenant text, gpus int); CREATE INDEX ON listed_by_sql (position)');
  const spent = await seconds(() => database.pool.query(STATEMENTS[name]));
  await database.pool.query('DROP TABLE listed_by_sql');
  return spent;
}

async function measure(from: string, own: FreshDatabase, source: EventSource & { close(): Promise<void> }, log: EventStore): Promise<void> {
  const dataSource = await new DataSource({ type: 'postgres', url: own.url, entities: [Folded, Listed], synchronize: false }).initialize();
  const models = new ReadModels({ dataSource, pool: own.pool, projections: [folded, listed], sourceOf: () => source, graceMs: 1_000 });
  await models.start();
  await caughtUp(models, 'scheduling', await log.head(), PATIENCE_MS);
  for (const name of ['folded', 'listed'] as const) {
    const reference = await bySql(name);
    const asking = new Asking(dataSource, QUESTIONS[name]);
    const writing = new Writing(log);
    const spent = await seconds(async () => {
      await models.rebuild(name);
      await eventually(async () => {
        const [live] = await dataSource.query<{ generation: number }[]>(`SELECT generation FROM projections WHERE name = $1 AND state = 'live'`, [name]);
        if (live?.generation !== 2) throw new Error('not switched');
      }, PATIENCE_MS);
    });
    const written = await writing.stop();
    const { asked, failed, backwards, p99, slowest } = await asking.stop();
    report({ bench: `rebuild ${name}, ${from}`, events: EVENTS, written, asked, failed, backwards, asked_p99_ms: p99, asked_slowest_ms: slowest, value: spent, unit: 's', reference: 'one SQL statement', reference_value: reference });
  }
  await models.close();
  await source.close();
  await dataSource.destroy();
}

await measure('own log', database, new LogTailSource({ pool: database.pool, stores: [store], groups: [allocations] }), store);

const relay = new Relay({ store, pool: database.pool, broker, prefix });
relay.start();
await eventually(async () => {
  if (relay.position < (await store.head())) throw new Error(`${relay.position} published: ${relay.problem ?? 'too slow'}`);
}, PATIENCE_MS);
const other = await freshDatabase(eventBusMigrations);
await measure('through Kafka', other, new KafkaSource({ broker, pool: other.pool, groups: [allocations], service: 'bench', prefix }), store);

await relay.close();
await broker.close();
await store.close();
await other.drop();
await database.drop();
