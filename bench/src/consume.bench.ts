/**
 * A read model's events per second from Kafka, beside Kafka's own consumer performance tool over the same records.
 * The tool counts bytes; here each event is parsed, folded into a row of its tenant, and stored with the checkpoint.
 * Both without the time that joining the group takes: the clock starts with the first records.
 */
import { KafkaBroker, KafkaSource, Relay, type EventSource } from '@pioche/event-bus';
import { projection, ReadModels } from '@pioche/projections';
import { eventually } from '@pioche/testing';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { allocations, filledStore, newPrefix } from './allocations.js';
import { caughtUp } from './caught-up.js';
import { brokersOfThisRun, consumerPerformance } from './kafka-tools.js';
import { besideEachOther, report } from './report.js';

const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 100_000);
const ROUNDS = 3;

@Entity('tenant_gpus')
class TenantGpus {
  @PrimaryColumn('text') tenant!: string;
  @Column('integer') allocations!: number;
  @Column('integer') gpus!: number;
}

const tenantGpus = (version: number) =>
  projection(TenantGpus, { version, from: allocations }, {
    Opened: (rows, { data: { tenant, gpu_milli: milli } }) =>
      rows.upsert({ tenant }, { allocations: 0, gpus: 0 }, (row) => ({ allocations: row.allocations + 1, gpus: row.gpus + milli / 1000 })),
  });

const { database, store, bytes } = await filledStore(EVENTS);
const broker = new KafkaBroker({ brokers: brokersOfThisRun() });
const prefix = newPrefix();
const relay = new Relay({ store, pool: database.pool, broker, prefix });
relay.start();
await eventually(() => {
  if (relay.published < EVENTS) throw new Error(`${relay.published} of ${EVENTS} published: ${relay.problem ?? 'too slow'}`);
}, 30_000);
await relay.close();

const dataSource = await new DataSource({ type: 'postgres', url: database.url, entities: [TenantGpus], synchronize: false }).initialize();

/** Tells when the first batch is there. */
function timed(source: EventSource, onFirst: () => void): EventSource {
  return {
    consume: (handler, options) =>
      source.consume({
        name: handler.name,
        sources: handler.sources,
        ...(handler.wants && { wants: handler.wants }),
        handle(batch, tx) {
          onFirst();
          return handler.handle(batch, tx);
        },
      }, options),
  };
}

/** A new version in each round: its table and its checkpoint begin empty. */
let version = 0;
async function catchUp(): Promise<number> {
  version += 1;
  let first = 0;
  const source = new KafkaSource({ broker, pool: database.pool, groups: [allocations], service: 'bench', prefix });
  const clocked = timed(source, () => (first ||= performance.now()));
  const models = new ReadModels({ dataSource, pool: database.pool, projections: [tenantGpus(version)], sourceOf: () => clocked });
  await models.start();
  await caughtUp(models, 'scheduling', EVENTS);
  const spent = (performance.now() - first) / 1000;
  await models.close();
  await source.close();
  return EVENTS / spent;
}

const figures = await besideEachOther(ROUNDS, async () => (await consumerPerformance(`${prefix}scheduling`, EVENTS)).fetching, catchUp);
report({ bench: 'consume', events: EVENTS, record_bytes: bytes, ...figures, unit: 'events/s', reference: 'Kafka ConsumerPerformance, which throws away what it has read' });

await dataSource.destroy();
await broker.close();
await store.close();
await database.drop();
