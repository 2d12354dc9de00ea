/**
 * A read model's catch-up from the first event, beside one SQL statement over the same events: once folded into a few
 * rows (and GROUP BY), once with a row per event (and INSERT … SELECT).
 */
import { events } from '@pioche/contracts';
import { eventBusMigrations, LogTailSource } from '@pioche/event-bus';
import { EventStore, eventStoreMigrations } from '@pioche/event-store';
import { ExactColumn, projection, ReadModels } from '@pioche/projections';
import { eventually, freshDatabase } from '@pioche/testing';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { z } from 'zod';
import { report, seconds } from './report.js';

const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 200_000);
const PER_APPEND = 500;
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

const folded = projection(Folded, { version: 1, from: usage }, {
  Used: (rows, { data: { tenant, nano } }) =>
    rows.upsert({ tenant }, { times: 0, nano: 0n }, (row) => ({ times: row.times + 1, nano: row.nano + BigInt(nano) })),
});
const listed = projection(Listed, { version: 1, from: usage }, {
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

for (const [name, model, sql] of [
  ['fold', folded, `SELECT data->>'tenant', count(*), sum((data->>'nano')::numeric) FROM events WHERE type = 'Used' GROUP BY 1`],
  ['list', listed, `INSERT INTO listed_by_sql SELECT event_id, data->>'tenant', data->>'job', (data->>'nano')::numeric FROM events WHERE type = 'Used'`],
] as const) {
  await database.pool.query('CREATE TABLE IF NOT EXISTS listed_by_sql (id text PRIMARY KEY, tenant text, job text, nano numeric)');
  const bySql = await seconds(() => database.pool.query(sql));
  const source = new LogTailSource({ pool: database.pool, stores: [store], groups: [usage] });
  const models = new ReadModels({ dataSource, pool: database.pool, projections: [model], sourceOf: () => source });
  const caughtUp = await seconds(async () => {
    await models.start();
    await eventually(() => models.waitFor(`billing:${head}`, 60_000), 120_000);
  });
  report({ bench: `projection ${name}`, value: EVENTS / caughtUp, unit: 'events/s', reference: 'one SQL statement', reference_value: EVENTS / bySql });
  await models.close();
  await source.close();
}
await dataSource.destroy();
await store.close();
await database.drop();
