/**
 * A consumer comes back after an hour: its events per second from Kafka, beside Kafka's own tool over the same records.
 * Meanwhile commands arrive on a schedule; another consumer in its process and one in another process go on. Their
 * latency, and that of the commands, is measured from when a command was due: before, and while it catches up.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventBusMigrations, KafkaBroker } from '@pioche/event-bus';
import { eventStoreMigrations } from '@pioche/event-store';
import { eventually, freshDatabase } from '@pioche/testing';
import { newPrefix } from './allocations.js';
import type { Return, Told } from './catch-up/following.js';
import { Load, type Samples } from './catch-up/load.js';
import type { MODELS } from './catch-up/late-models.js';
import { brokersOfThisRun, consumerPerformance } from './kafka-tools.js';
import { quantile, report } from './report.js';

const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 300_000);
const PER_SECOND = Number(process.env['BENCH_RATE'] ?? 100);
const CALM_MS = Number(process.env['BENCH_SECONDS'] ?? 10) * 1000;
const WARM_MS = 3_000;
const PATIENCE_MS = 240_000;
const OBSERVERS = ['same process', 'another process'];
/** While it was away. */
const FILL = `INSERT INTO events (stream_id, version, event_id, type, schema_version, data, meta, time)
  SELECT 'gauge_01h2xcejqtf2nbrex' || lpad(n::text, 8, '0'), 1, 'evt_01h2xcejqtf2nbrexx' || lpad(n::text, 8, '0'), 'GaugeRead', 1,
    jsonb_build_object('value', n, 'note', repeat('x', 100)),
    jsonb_build_object('actor', 'user_olga', 'commandId', 'c-' || n, 'correlationId', 'c-' || n, 'causationId', 'c-' || n), clock_timestamp()
  FROM generate_series(1, $1::int) n`;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const start = (file: string, ...args: string[]) => fork(fileURLToPath(new URL(file, import.meta.url)), args);

const prefix = newPrefix();
const topic = `${prefix}lab`;
const broker = new KafkaBroker({ brokers: brokersOfThisRun() });
const commandedDatabase = await freshDatabase([...eventStoreMigrations, ...eventBusMigrations]);
await commandedDatabase.pool.query(FILL, [EVENTS]);
const commanded = start('./latency/commanded.js', commandedDatabase.url, prefix);
const [{ url, token }] = (await once(commanded, 'message')) as [{ url: string; token: string }];
await eventually(async () => {
  const published = (await broker.endOffsets(topic)).get(0) ?? 0;
  if (published < EVENTS) throw new Error(`${published} published`);
}, PATIENCE_MS);

const databases = await Promise.all(OBSERVERS.map(() => freshDatabase(eventBusMigrations)));
const followers = databases.map((database, i) => start('./catch-up/following.js', database.url, prefix, `follower-${i}`));
await Promise.all(followers.map((follower) => once(follower, 'message')));
const load = new Load(url, token, PER_SECOND, OBSERVERS);
for (const [i, follower] of followers.entries()) {
  follower.on('message', (told: Told) => 'position' in told && load.seen(OBSERVERS[i] ?? '', told.position, told.at));
}
const [first] = followers as [ChildProcess];

async function catchUp(late: keyof typeof MODELS): Promise<void> {
  const reference = (await consumerPerformance(topic, EVENTS)).fetching;
  await pause(WARM_MS);
  load.next();
  await pause(CALM_MS);
  const before = load.next();
  const done = new Promise<Extract<Told, { caughtUp: true }>>((resolve) => {
    first.on('message', (told: Told) => 'caughtUp' in told && resolve(told));
  });
  first.send({ late, until: EVENTS } satisfies Return);
  const { fromFirst, fromStart, cpu } = await done;
  const during = load.next();
  report({
    bench: `catch-up ${late}`, events: EVENTS, commands_per_second: PER_SECOND, failed: load.failed, seconds_with_joining: Number(fromStart.toFixed(1)), events_per_cpu_second: Math.round(EVENTS / cpu),
    value: EVENTS / fromFirst, unit: 'events/s', reference: 'Kafka ConsumerPerformance, which throws away what it has read', reference_value: reference,
  });
  for (const who of ['answer', ...OBSERVERS]) latencies(late, who, before, during);
}

function latencies(late: string, who: string, before: Samples, during: Samples): void {
  const sorted = [before, during].map((samples) => (samples.get(who) ?? []).toSorted((a, b) => a - b)) as [number[], number[]];
  const [p50, p50Before] = [quantile(sorted[1], 0.5), quantile(sorted[0], 0.5)];
  report({
    bench: `meanwhile (${late}), p99 of ${who}`, samples: sorted[1].length, p50: Number(p50.toFixed(1)), p50_before: Number(p50Before.toFixed(1)),
    value: quantile(sorted[1], 0.99), unit: 'ms', reference: 'the same just before', reference_value: quantile(sorted[0], 0.99),
  });
}

await catchUp('folded');
await catchUp('listed');
await load.stop();
for (const child of [...followers, commanded]) {
  child.send('stop');
  await once(child, 'exit');
}
await broker.close();
await Promise.all([commandedDatabase, ...databases].map((database) => database.drop()));
