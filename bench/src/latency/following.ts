/** A process that keeps a read model from Kafka, and tells each position that can be read. Arguments: database, topic prefix. */
import { KafkaBroker, KafkaSource } from '@pioche/event-bus';
import { ReadModels } from '@pioche/projections';
import { eventually } from '@pioche/testing';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { brokersOfThisRun } from '../kafka-tools.js';
import { GaugeRow, gaugeEvents, gaugeView } from './gauge.js';

const [, , databaseUrl = '', prefix = ''] = process.argv;
const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
const dataSource = await new DataSource({ type: 'postgres', url: databaseUrl, entities: [GaugeRow] }).initialize();
const broker = new KafkaBroker({ brokers: brokersOfThisRun() });
const source = new KafkaSource({ broker, pool, groups: [gaugeEvents], service: 'follower', prefix });
const models = new ReadModels({ dataSource, pool, projections: [gaugeView], sourceOf: () => source });
await models.start();
const consumptions = [...models.consumptions.values()].flat();
await eventually(() => {
  if (consumptions.some(({ status }) => status !== 'running')) throw new Error('the read model has not begun to follow');
}, 20_000);
for (const consumption of consumptions) {
  consumption.onProgress((_, position) => process.send?.({ position, at: performance.timeOrigin + performance.now() }));
}
process.send?.({ ready: true });
async function stop(): Promise<void> {
  await models.close();
  await source.close();
  await broker.close();
  await dataSource.destroy();
  await pool.end();
  process.disconnect();
}
process.once('message', () => void stop());
