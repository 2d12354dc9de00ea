/**
 * A read model's catch-up from the first event, beside one SQL statement over the same events: once folded into a few
 * rows (and GROUP BY), once with a row per event (and INSERT … SELECT). `only_reading` is what remains of such a
 * statement's speed when the events have to leave the database: the same rows into this process, not looked at.
 */
import { events } from '@pioche/contracts';
import { eventBusMigrations, LogTailSource } from '@pioche/event-bus';
import { EventStore, eventStoreMigrations } from '@pioche/event-store';
import { ExactColumn, projection, ReadModels, type Projection } from '@pioche/projections';
import { freshDatabase } from '@pioche/testing';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { z } from 'zod';
import { caughtUp } from './caught-up.js';
import { besideEachOther, median, report, seconds } from './report.js';

const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 100_000);
const PER_APPEND = 500;
const PER_READ = 5_000;
const ROUNDS = 3;
const usage = events('billing', {
  Used: { version: 1, meaning: 'A benchmark event.', data: z.object({ tenant: z.string(), job: z.string(), nano: z.string() }), example: { tenant: 't', job: 'j', nano: '1' } },
});

@Entity('folded')
class Folded {
  @PrimaryColumn('text') tenant!: string;
  @Column('integer') times!: number;
  @ExactColumn() nano!: bigint;
}

@Entity('listed')
class Listed {
  @PrimaryColumn('text') id!: string;
  @Column('text') tenant!: string;
  @Column('text') job!: string;
  @ExactColumn() nano!: bigint;
}

/** A new version in each round: its table and its checkpoint begin empty. */
const folded = (version: number) => projection(Folded, { version, from: usage }, {
  Used: (rows, { data: { tenant, nano } }) =>
    rows.upsert({ tenant }, { times: 0, nano: 0n }, (row) => ({ times: row.times + 1, nano: row.nano + BigInt(nano) })),
});
const listed = (version: number) => projection(Listed, { version, from: usage }, {
  Used: (rows, { id, data: { tenant, job, nano } }) => rows.put({ id, tenant, job, nano: BigInt(nano) }),
});

const database = await freshDatabase([...eventStoreMigrations, ...eventBusMigrations]);
const store = new EventStore({ pool: database.pool, context: 'billing', groups: [usage] });
const meta = { time: '2026-11-17T09:00:00.000Z', actor: 'bench', correlationId: 'bench', causationId: 'bench' };
const used = (n: number) => ({ type: 'Used', data: { tenant: `tenant_${n % 50}`, job: `job_${n}`, nano: String(2_800_000_000 + n) } });
for (let done = 0; done < EVENTS; done += PER_APPEND) {
  const batch = Array.from({ length: PER_APPEND }, (_, i) => used(done + i));
  await store.append({ commandId: `bench-${done}`, writes: [{ stream: `usage-${done}`, expected: 'none', events: batch }], meta });
}
await database.pool.query('VACUUM ANALYZE events');

const dataSource = await new DataSource({ type: 'postgres', url: database.url, entities: [Folded, Listed], synchronize: false }).initialize();
const head = await store.head();

await database.pool.query('CREATE TABLE listed_by_sql (id text PRIMARY KEY, tenant text, job text, nano numeric)');

/** The same events into this process, nothing done with them. @returns events per second */
async function reading(): Promise<number> {
  return EVENTS / (await seconds(async () => {
    for (let after = 0, some = [{ position: 0 }]; some.length > 0; after = some.at(-1)?.position ?? after) {
      some = await store.readRaw({ after, limit: PER_READ });
    }
  }));
}

/** From the first event to the last, its tables made anew. @returns events per second */
async function catchUp(model: Projection): Promise<number> {
  const source = new LogTailSource({ pool: database.pool, stores: [store], groups: [usage] });
  const models = new ReadModels({ dataSource, pool: database.pool, projections: [model], sourceOf: () => source });
  const spent = await seconds(async () => {
    await models.start();
    await caughtUp(models, 'billing', head);
  });
  await models.close();
  await source.close();
  return EVENTS / spent;
}

for (const [name, modelOf, sql] of [
  ['fold', folded, `SELECT data->>'tenant', count(*), sum((data->>'nano')::numeric) FROM events WHERE type = 'Used' GROUP BY 1`],
  ['list', listed, `INSERT INTO listed_by_sql SELECT event_id, data->>'tenant', data->>'job', (data->>'nano')::numeric FROM events WHERE type = 'Used'`],
] as const) {
  let version = 0;
  const read: number[] = [];
  const figures = await besideEachOther(
    ROUNDS,
    async () => {
      read.push(await reading());
      await database.pool.query('TRUNCATE listed_by_sql');
      return EVENTS / (await seconds(() => database.pool.query(sql)));
    },
    () => catchUp(modelOf((version += 1))),
  );
  report({ bench: `projection ${name}`, events: EVENTS, only_reading: Math.round(median(read)), ...figures, unit: 'events/s', reference: 'one SQL statement' });
}
await dataSource.destroy();
await store.close();
await database.drop();
