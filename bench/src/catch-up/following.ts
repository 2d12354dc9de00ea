/**
 * A process with a consumer that is always up to date, and, when it is told so, one more that has been away since the
 * beginning of the topic. Tells each position of the first, and how long the other took. Arguments: database, prefix, name.
 */
import { KafkaBroker, KafkaSource } from '@pioche/event-bus';
import { ReadModels, type Projection } from '@pioche/projections';
import { eventually } from '@pioche/testing';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { brokersOfThisRun } from '../kafka-tools.js';
import { GaugeRow, gaugeEvents, gaugeView } from '../latency/gauge.js';
import { MODELS, ReadingRow, ValueRow } from './late-models.js';

/** What it is asked: to let a consumer come back, and to say when it has the event at this position. */
export interface Return {
  readonly late: keyof typeof MODELS;
  readonly until: number;
}
export type Told =
  | { readonly ready: true }
  | { readonly position: number; readonly at: number }
  /** Seconds from its first events to the last, from being told to the last, and of this process' processor meanwhile. */
  | { readonly caughtUp: true; readonly fromFirst: number; readonly fromStart: number; readonly cpu: number };

const PATIENCE_MS = 240_000;
const [, , databaseUrl = '', prefix = '', service = ''] = process.argv;
const pool = new pg.Pool({ connectionString: databaseUrl, max: 8 });
const dataSource = await new DataSource({ type: 'postgres', url: databaseUrl, entities: [GaugeRow, ReadingRow, ValueRow] }).initialize();
const broker = new KafkaBroker({ brokers: brokersOfThisRun() });
const source = new KafkaSource({ broker, pool, groups: [gaugeEvents], service, prefix });
const running: ReadModels[] = [];
const say = (message: Told) => process.send?.(message);
const now = () => performance.timeOrigin + performance.now();

async function follow(projection: Projection) {
  const models = new ReadModels({ dataSource, pool, projections: [projection], sourceOf: () => source });
  running.push(models);
  await models.start();
  const [consumption] = [...models.consumptions.values()].flat();
  if (!consumption) throw new Error('it follows nothing');
  return consumption;
}

async function comeBack({ late, until }: Return): Promise<void> {
  const start = now();
  const before = process.cpuUsage();
  let first = 0;
  const consumption = await follow(MODELS[late]);
  const done = Promise.withResolvers<void>();
  consumption.onProgress((_, position) => {
    first ||= now();
    if (position >= until) done.resolve();
  });
  await done.promise;
  const { user, system } = process.cpuUsage(before);
  say({ caughtUp: true, cpu: (user + system) / 1e6, fromFirst: (now() - first) / 1000, fromStart: (now() - start) / 1000 });
}

async function stop(): Promise<void> {
  await Promise.all(running.map((models) => models.close()));
  await source.close();
  await broker.close();
  await dataSource.destroy();
  await pool.end();
  process.exit(0);
}

const prompt = await follow(gaugeView);
await eventually(() => {
  if (prompt.status !== 'running' || prompt.lag() > 0 || prompt.position('lab') === 0) throw new Error(`the prompt one is at ${prompt.position('lab')}`);
}, PATIENCE_MS);
prompt.onProgress((_, position) => say({ position, at: now() }));
say({ ready: true });
process.once('disconnect', () => process.exit(1));
process.on('message', (message: Return | 'stop') => void (message === 'stop' ? stop() : comeBack(message)));
