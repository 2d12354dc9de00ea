/** A rebuild beside the live one, over many events, while it is queried and gets new ones. */
import { events } from '@pioche/contracts';
import { DeadLetters, eventBusMigrations, KafkaBroker, KafkaSource, LogTailSource, Relay, type EventSource } from '@pioche/event-bus';
import { EventStore, eventStoreMigrations } from '@pioche/event-store';
import { describeWithKafka, eventually, freshDatabase, topicPrefix, type FreshDatabase } from '@pioche/testing';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { z } from 'zod';
import { ProjectionHandler } from './projection-handler.js';
import { projection } from './projection.js';
import { ReadModels } from './read-models.js';
import { Registry } from './registry.js';

const EVENTS = 30_000;
const usage = events('billing', {
  Used: { version: 1, meaning: 'A GPU was used.', data: z.object({ tenant: z.string() }), example: { tenant: 't' } },
});

@Entity('folded')
class Folded {
  @PrimaryColumn('text') tenant!: string;
  @Column('integer') times!: number;
}

@Entity('listed')
class Listed {
  @PrimaryColumn('text') event!: string;
  @Column('text') tenant!: string;
}

/** What a build cannot handle, as long as it cannot. */
const refused = { from: '' };

const models = [
  projection(Folded, { version: 1, from: usage }, {
    Used: (rows, { data: { tenant } }) => {
      if (tenant === refused.from) throw new Error('not that tenant');
      rows.upsert({ tenant }, { times: 0 }, (row) => ({ times: row.times + 1 }));
    },
  }),
  projection(Listed, { version: 1, from: usage }, { Used: (rows, { id, data: { tenant } }) => rows.put({ event: id, tenant }) }),
];
const QUESTION = { folded: 'SELECT sum(times)::int AS seen FROM folded', listed: 'SELECT count(*)::int AS seen FROM listed' } as const;

describe('a rebuild', () => {
  let database: FreshDatabase;
  let store: EventStore;
  let dataSource: DataSource;
  const closing: { close(): Promise<unknown> }[] = [];

  beforeEach(async () => {
    refused.from = '';
    database = await freshDatabase([...eventStoreMigrations, ...eventBusMigrations]);
    store = new EventStore({ pool: database.pool, context: 'billing', groups: [usage] });
    dataSource = await new DataSource({ type: 'postgres', url: database.url, entities: [Folded, Listed], synchronize: false }).initialize();
  });
  afterEach(async () => {
    for (const one of closing.splice(0).reverse()) await one.close();
    await store.close();
    await dataSource.destroy();
    await database.drop();
  });

  const fill = (count: number) =>
    database.pool.query(
      `INSERT INTO events (stream_id, version, event_id, type, schema_version, data, meta, time)
       SELECT 'usage_' || n % 500, 1 + n / 500, 'evt_' || n, 'Used', 1, jsonb_build_object('tenant', 'tenant_' || n % 20),
         '{"actor":"test","commandId":"c","correlationId":"c","causationId":"c"}', now() FROM generate_series(0, $1::int - 1) n`,
      [count],
    );
  let appended = 0;
  const append = (tenant: string) =>
    store.append({ commandId: `more-${(appended += 1)}`, writes: [{ stream: `usage_${tenant}`, expected: 'any', events: [{ type: 'Used', data: { tenant } }] }], meta: { time: '2026-11-17T10:00:00.000Z', actor: 'test', correlationId: 'c', causationId: 'c' } });
  async function start(source: EventSource): Promise<ReadModels> {
    const running = new ReadModels({ dataSource, pool: database.pool, projections: models, sourceOf: () => source, graceMs: 200 });
    closing.push(running);
    await running.start();
    return running;
  }
  const logTail = (): LogTailSource => {
    const source = new LogTailSource({ pool: database.pool, stores: [store], groups: [usage], attempts: 1 });
    closing.push(source);
    return source;
  };
  const through = (brokers: readonly string[]): KafkaSource => {
    const prefix = topicPrefix();
    const broker = new KafkaBroker({ brokers });
    const relay = new Relay({ store, pool: database.pool, broker, prefix });
    relay.start();
    const source = new KafkaSource({ broker, pool: database.pool, groups: [usage], service: 'billing', prefix });
    closing.push(broker, relay, source);
    return source;
  };
  const seen = async (name: keyof typeof QUESTION) => (await dataSource.query<{ seen: number }[]>(QUESTION[name]))[0]?.seen ?? 0;
  const states = async (name: string) => (await dataSource.query<{ state: string }[]>('SELECT state FROM projections WHERE name = $1 ORDER BY generation', [name])).map(({ state }) => state);

  async function servesThroughout(source: EventSource, name: keyof typeof QUESTION): Promise<void> {
    await fill(EVENTS);
    const running = await start(source);
    await eventually(async () => expect(await seen(name)).toBe(EVENTS), 60_000);
    const others = new AbortController();
    let last = 0;
    let asked = 0;
    const asking = (async () => {
      while (!others.signal.aborted) {
        const now = await seen(name);
        expect(now).toBeGreaterThanOrEqual(last);
        [last, asked] = [now, asked + 1];
      }
    })();
    const writing = (async () => {
      while (!others.signal.aborted) await append('tenant_1');
    })();
    await running.rebuild(name);
    expect((await running.builds()).find(({ readModel }) => readModel === name)).toMatchObject({ live: { generation: 1 }, building: { version: 1, generation: 2 } });
    await eventually(async () => expect(await states(name)).toEqual(['dropped', 'live']), 60_000);
    others.abort();
    await Promise.all([asking, writing]);
    expect(asked).toBeGreaterThan(10);
    await eventually(async () => expect(await seen(name)).toBe(await store.count()));
    expect((await running.builds()).find(({ readModel }) => readModel === name)).toEqual({
      readModel: name,
      live: expect.objectContaining({ generation: 2, parked: 0, positions: new Map([['billing', await store.head()]]) }),
    });
  }

  it.each(['folded', 'listed'] as const)('of the own log, %s: no query fails, or sees less than before', (name) => servesThroughout(logTail(), name), 120_000);

  it('that cannot handle what the live one has is not switched to before that is redriven', async () => {
    await fill(200);
    const running = await start(logTail());
    await eventually(async () => expect(await seen('folded')).toBe(200));
    refused.from = 'tenant_7';
    await running.rebuild('folded');
    // Every seventh of twenty tenants' events is dead or waits: ten of two hundred.
    await eventually(async () => expect((await running.builds())[0]?.building?.parked).toBe(10), 30_000);
    await append('tenant_1');
    await eventually(async () => expect((await running.builds())[0]?.building?.positions.get('billing')).toBe(await store.head()));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect([await states('folded'), await seen('folded')]).toEqual([['live', 'building'], 201]);

    refused.from = '';
    const registry = new Registry(dataSource);
    const [model] = models;
    const building = (await registry.generations()).find(({ name, state }) => name === 'folded' && state === 'building');
    if (!model || !building) throw new Error('nothing is being built');
    const handler = new ProjectionHandler(model, building, registry.tablesOf(model, building));
    const letters = new DeadLetters({ pool: database.pool, handlers: [handler], groups: [usage] });
    for (const { id } of await letters.list({ consumer: handler.name, state: 'dead' })) await letters.redrive(id);
    await eventually(async () => expect(await states('folded')).toEqual(['dropped', 'live']), 20_000);
    expect(await seen('folded')).toBe(201);
  }, 60_000);

  describeWithKafka('through Kafka', (brokers) => {
    it.each(['folded', 'listed'] as const)('%s: no query fails, or sees less than before', (name) => servesThroughout(through(brokers), name), 120_000);
  });
});
