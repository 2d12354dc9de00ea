import { events, type ContextName, type EventGroup } from '@pioche/contracts';
import { eventBusMigrations, KafkaBroker, KafkaSource, LogTailSource, Relay, type EventSource } from '@pioche/event-bus';
import { EventStore, eventStoreMigrations } from '@pioche/event-store';
import { describeWithKafka, eventually, freshDatabase, topicPrefix, type FreshDatabase } from '@pioche/testing';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { z } from 'zod';
import { projection } from './projection.js';
import { ReadModels } from './read-models.js';

const nodeEvents = events('inventory', {
  NodeNamed: { version: 1, meaning: 'It has a name.', data: z.object({ node: z.string(), name: z.string() }), example: { node: 'n', name: 'n1' } },
});
const jobEvents = events('scheduling', {
  JobPlaced: { version: 1, meaning: 'It runs there.', data: z.object({ node: z.string() }), example: { node: 'n' } },
});
const groups: readonly EventGroup[] = [nodeEvents, jobEvents];

@Entity('node_jobs')
class NodeJobs {
  @PrimaryColumn('text') node!: string;
  @Column('text', { nullable: true }) name!: string | null;
  @Column('integer') jobs!: number;
}

const nodeJobs = projection(NodeJobs, { version: 1, from: [nodeEvents, jobEvents] }, {
  NodeNamed: (rows, { data: { node, name } }) => rows.upsert({ node }, { name: null, jobs: 0 }, () => ({ name })),
  JobPlaced: (rows, { data: { node } }) => rows.upsert({ node }, { name: null, jobs: 0 }, (row) => ({ jobs: row.jobs + 1 })),
});

const NODES = ['a', 'b', 'c'];
const ROUNDS = 60;

/** The read model lives in scheduling; inventory's events come through `foreign`. */
async function fillsFromBoth(own: FreshDatabase, other: FreshDatabase, foreign: (inventory: EventStore) => EventSource): Promise<void> {
  const scheduling = new EventStore({ pool: own.pool, context: 'scheduling', groups: [jobEvents] });
  const inventory = new EventStore({ pool: other.pool, context: 'inventory', groups: [nodeEvents] });
  const dataSource = await new DataSource({ type: 'postgres', url: own.url, entities: [NodeJobs], synchronize: false }).initialize();
  const log = new LogTailSource({ pool: own.pool, stores: [scheduling], groups });
  const sources: Partial<Record<ContextName, EventSource>> = { scheduling: log, inventory: foreign(inventory) };
  const models = new ReadModels({ dataSource, pool: own.pool, projections: [nodeJobs], sourceOf: (context) => sources[context] ?? log, batchSize: 7 });
  const append = async (store: EventStore, id: string, type: string, data: object) =>
    `${store.context}:${(await store.append({ commandId: id, writes: [{ stream: id, expected: 'none', events: [{ type, data }] }], meta: { time: '2026-11-17T10:00:00.000Z', actor: 't', correlationId: 'c', causationId: 'c' } })).position}`;
  try {
    await models.start();
    const positions = { scheduling: '', inventory: '' };
    for (let i = 0; i < ROUNDS; i++) {
      for (const node of NODES) {
        positions.scheduling = await append(scheduling, `job_${i}_${node}`, 'JobPlaced', { node });
        positions.inventory = await append(inventory, `node_${i}_${node}`, 'NodeNamed', { node, name: `${node}${i}` });
      }
    }
    await models.waitFor(`${positions.inventory},${positions.scheduling}`, 20_000, 'node_jobs');
    const rows = await dataSource.getRepository(NodeJobs).find({ order: { node: 'ASC' } });
    expect(rows).toEqual(NODES.map((node) => ({ node, name: `${node}${ROUNDS - 1}`, jobs: ROUNDS })));
    await eventually(async () => expect((await models.lag()).map(({ source, ageMs }) => [source, ageMs])).toEqual([['inventory', 0], ['scheduling', 0]]));
  } finally {
    await models.close();
    await log.close();
    await dataSource.destroy();
    await Promise.all([scheduling.close(), inventory.close()]);
  }
}

describe('a read model of two contexts', () => {
  let own: FreshDatabase;
  let other: FreshDatabase;
  beforeEach(async () => {
    own = await freshDatabase([...eventStoreMigrations, ...eventBusMigrations]);
    other = await freshDatabase([...eventStoreMigrations, ...eventBusMigrations]);
  });
  afterEach(async () => {
    await own.drop();
    await other.drop();
  });

  it('has a checkpoint for each, and loses no change to a row that both touch', async () => {
    let tail: LogTailSource | undefined;
    await fillsFromBoth(own, other, (inventory) => (tail = new LogTailSource({ pool: own.pool, stores: [inventory], groups })));
    await tail?.close();
  });

  describeWithKafka('with the other behind Kafka', (brokers) => {
    it('does the same', async () => {
      const prefix = topicPrefix();
      const broker = new KafkaBroker({ brokers });
      let relay: Relay | undefined;
      const source = new KafkaSource({ broker, pool: own.pool, groups, service: 'scheduling', prefix });
      await fillsFromBoth(own, other, (inventory) => {
        relay = new Relay({ store: inventory, pool: other.pool, broker, prefix });
        relay.start();
        return source;
      });
      await source.close();
      await relay?.close();
      await broker.close();
    }, 60_000);
  });
});
