import { events } from '@pioche/contracts';
import { eventBusMigrations, LogTailSource } from '@pioche/event-bus';
import { EventStore, eventStoreMigrations } from '@pioche/event-store';
import { newId } from '@pioche/kernel';
import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import { Column, DataSource, Entity, Index, PrimaryColumn } from 'typeorm';
import { z } from 'zod';
import { ExactColumn, InstantColumn } from './columns.js';
import { projection, type EntityClass, type Projection } from './projection.js';
import { ReadModels } from './read-models.js';
import { ShapeChangedError } from './registry.js';
import { StillBehind } from './waiting.js';

const usage = events('billing', {
  UsageRated: { version: 1, meaning: 'It costs.', data: z.object({ tenant: z.string(), nano: z.string() }), example: { tenant: 't', nano: '1' } },
  TenantLeft: { version: 1, meaning: 'It is gone.', data: z.object({ tenant: z.string() }), example: { tenant: 't' } },
  NoteTaken: { version: 1, meaning: 'Nothing follows.', data: z.object({}), example: {} },
});

@Entity('spent')
class Spent {
  @PrimaryColumn('text') tenant!: string;
  @ExactColumn() nano!: bigint;
  @Column('bigint') times!: bigint;
  @InstantColumn() last!: string;
  @Column('jsonb') recent!: string[];
}

@Entity('charge')
class Charge {
  @PrimaryColumn('text') id!: string;
  @Index() @Column('text') tenant!: string;
  @Column('date', { nullable: true }) day!: string | null;
}

const spent = (version: number, factor = 1n) =>
  projection({ spent: Spent, charges: Charge }, { version, from: usage }, {
    UsageRated: ({ spent, charges }, { id, time, data: { tenant, nano } }) => {
      spent.upsert({ tenant }, { nano: 0n, times: 0n, last: time, recent: [] }, (row) => ({
        nano: row.nano + factor * BigInt(nano),
        times: row.times + 1n,
        last: time,
        recent: [...row.recent, nano].slice(-2),
      }));
      charges.put({ id, tenant, day: time.slice(0, 10) });
    },
    TenantLeft: ({ spent, charges }, { data: { tenant } }) => {
      spent.remove({ tenant });
      charges.remove({ tenant });
    },
  });

const HUGE = '12345678901234567890123456789';
const TIME = '2026-11-17T10:00:00.123Z';

describe('read models on PostgreSQL', () => {
  let database: FreshDatabase;
  let store: EventStore;
  let dataSource: DataSource;
  const open: { close(): Promise<void> }[] = [];

  beforeEach(async () => {
    database = await freshDatabase([...eventStoreMigrations, ...eventBusMigrations]);
    store = new EventStore({ pool: database.pool, context: 'billing', groups: [usage] });
    dataSource = await dataSourceWith(Spent, Charge);
  });

  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
    await store.close();
    await dataSource.destroy();
    await database.drop();
  });

  const dataSourceWith = (...entities: EntityClass[]) => new DataSource({ type: 'postgres', url: database.url, entities: entities as (typeof Spent)[], synchronize: false }).initialize();

  async function start(projections: Projection[], options: { graceMs?: number; batchSize?: number; dataSource?: DataSource } = {}): Promise<ReadModels> {
    const source = new LogTailSource({ pool: database.pool, stores: [store], groups: [usage] });
    const models = new ReadModels({ dataSource, pool: database.pool, projections, sourceOf: () => source, headOf: () => store.head(), ...options });
    open.push({ close: async () => { await models.close(); await source.close(); } });
    await models.start();
    return models;
  }

  let command = 0;
  async function append(...facts: { type: string; data: unknown }[]): Promise<string> {
    const meta = { time: TIME, actor: 'test', correlationId: 'c', causationId: 'c' };
    const { position } = await store.append({ commandId: `cmd_${(command += 1)}`, writes: [{ stream: newId('usage'), expected: 'none', events: facts }], meta });
    return `billing:${position}`;
  }
  const rated = (tenant: string, nano: string) => ({ type: 'UsageRated', data: { tenant, nano } });
  const count = async (relation: string) => (await database.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${relation}`)).rows[0]?.n;
  const tables = async () =>
    (await database.pool.query<{ name: string }>(`SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'v') AND (relname LIKE 'spent%' OR relname LIKE 'charge%') ORDER BY 1`)).rows.map(({ name }) => name);

  it('are queried by their plain name, exact to the last digit', async () => {
    const models = await start([spent(1)]);
    await append(rated('a', HUGE), rated('a', HUGE));
    const position = await append(rated('a', '1'), rated('b', '9007199254740993'), { type: 'NoteTaken', data: {} });
    await models.waitFor(position, 5_000, 'spent');
    expect(await dataSource.getRepository(Spent).find({ order: { tenant: 'ASC' } })).toEqual([
      { tenant: 'a', nano: 2n * BigInt(HUGE) + 1n, times: '3', last: TIME, recent: [HUGE, '1'] },
      { tenant: 'b', nano: 9007199254740993n, times: '1', last: TIME, recent: ['9007199254740993'] },
    ]);
    expect(await dataSource.getRepository(Charge).countBy({ tenant: 'a', day: '2026-11-17' })).toBe(3);
    await models.waitFor(await append({ type: 'TenantLeft', data: { tenant: 'a' } }, rated('b', '-1')), 5_000);
    expect(await dataSource.getRepository(Charge).find({ select: { tenant: true } })).toEqual([{ tenant: 'b' }, { tenant: 'b' }]);
    expect((await dataSource.getRepository(Spent).findOneByOrFail({ tenant: 'b' })).nano).toBe(9007199254740992n);
    expect(await tables()).toEqual(['charge', 'charge_v1', 'spent', 'spent_v1']);
  });

  it('can be waited for, also from another replica and where nothing follows from the event, and say when they are behind', async () => {
    const first = await start([spent(1)]);
    const second = await start([spent(1)]);
    for (let i = 0; i < 20; i++) await Promise.all([first, second].map(async (models) => models.waitFor(await append(rated('a', '1')), 2_000)));
    expect(await count('charge')).toBe(40);
    const position = await append({ type: 'NoteTaken', data: {} });
    await Promise.all([first.waitFor(position, 2_000), second.waitFor(position, 2_000)]);
    const head = await store.head();
    const late = await first.waitFor(`billing:${head + 10}`, 60).catch((error: unknown) => error);
    expect(late).toBeInstanceOf(StillBehind);
    expect(late).toMatchObject({ position: `billing:${head + 10}`, at: `billing:${head}` });
    await first.waitFor('inventory:99', 60); // it does not listen there
    expect(await first.lag()).toEqual([{ readModel: 'spent', source: 'billing', position: head, head, ageMs: 0 }]);
  });

  it('have each effect once, however often the work is cut off', async () => {
    const expected = 3_000;
    for (let i = 0; i < expected; i += 100) await append(...Array.from({ length: 100 }, () => rated('a', '1')));
    await start([spent(1)], { batchSize: 50 });
    let cut = 0;
    for (let i = 0; i < 15; i++) {
      const { rowCount } = await database.pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`);
      cut += rowCount ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(cut).toBeGreaterThan(0);
    await eventually(async () => expect(await count('charge')).toBe(expected), 20_000);
    const [row] = await dataSource.getRepository(Spent).find();
    expect(row).toMatchObject({ nano: BigInt(expected), times: String(expected) });
    const { rows } = await database.pool.query('SELECT position::int FROM checkpoints');
    expect(rows).toEqual([{ position: await store.head() }]);
  });

  it('are rebuilt beside the live ones, while others write and query without ever failing or going back', async () => {
    for (let i = 0; i < 20; i++) await append(...Array.from({ length: 250 }, (_, n) => rated(`t${n % 7}`, '1')));
    const models = await start([spent(1)], { graceMs: 300 });
    await eventually(async () => expect(await count('charge')).toBe(5_000));
    await dataSource.query(`UPDATE spent_v1 SET nano = 0`); // something that only a rebuild repairs

    let written = 5_000;
    const busy = new AbortController();
    let last = 0;
    let queries = 0;
    const writer = (async () => {
      while (!busy.signal.aborted) {
        await append(rated('t0', '1'), rated('t1', '1'));
        written += 2;
      }
    })();
    const reader = (async () => {
      while (!busy.signal.aborted) {
        const now = (await count('charge')) ?? 0;
        expect(now).toBeGreaterThanOrEqual(last);
        last = now;
        queries++;
      }
    })();
    await models.rebuild('spent');
    await eventually(async () => expect(await tables()).toEqual(['charge', 'charge_v1_g2', 'spent', 'spent_v1_g2']), 20_000);
    busy.abort();
    await Promise.all([writer, reader]);
    await models.waitFor(`billing:${await store.head()}`, 5_000);
    const total = (await dataSource.getRepository(Spent).find()).reduce((sum, row) => sum + row.nano, 0n);
    expect(total).toBe(BigInt(written));
    expect(await count('charge')).toBe(written);
    expect(queries).toBeGreaterThan(10);
    expect(await dataSource.query(`SELECT version, generation, state FROM projections ORDER BY 2`)).toEqual([
      { version: 1, generation: 1, state: 'dropped' },
      { version: 1, generation: 2, state: 'live' },
    ]);
  });

  it('switch to a new version of the code, and an older replica does not take it back', async () => {
    await append(rated('a', '5'));
    const old = await start([spent(1)], { graceMs: 60_000 });
    await old.waitFor(`billing:${await store.head()}`, 5_000);
    const next = await start([spent(2, 10n)]);
    await eventually(async () => expect(await dataSource.query(`SELECT nano FROM spent`)).toEqual([{ nano: '50' }]));
    const another = await start([spent(1)]);
    await next.waitFor(await append(rated('a', '5')), 5_000);
    await another.waitFor(`billing:${await store.head()}`, 5_000);
    expect(await dataSource.query(`SELECT nano FROM spent`)).toEqual([{ nano: '100' }]);
    expect(await dataSource.query(`SELECT version, state FROM projections ORDER BY 1`)).toEqual([
      { version: 1, state: 'building' },
      { version: 2, state: 'live' },
    ]);
  });

  it('may have other columns in a new version, and refuse them in the same', async () => {
    const v1 = await start([spent(1)]);
    await v1.waitFor(await append(rated('a', '5')), 5_000);

    @Entity('spent')
    class SpentByDay {
      @PrimaryColumn('text') day!: string;
      @Column('integer') times!: number;
    }
    const other = await dataSourceWith(SpentByDay);
    open.push({ close: () => other.destroy() });
    const byDay = (version: number) =>
      projection(SpentByDay, { version, from: usage }, {
        UsageRated: (rows, { time }) => rows.upsert({ day: time.slice(0, 10) }, { times: 0 }, (row) => ({ times: row.times + 1 })),
      });
    await expect(start([byDay(1)], { dataSource: other })).rejects.toThrow(ShapeChangedError);
    await start([byDay(2)], { dataSource: other });
    await eventually(async () => expect(await other.getRepository(SpentByDay).find()).toEqual([{ day: '2026-11-17', times: 1 }]));
  });
});
