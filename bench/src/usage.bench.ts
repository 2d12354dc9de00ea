/**
 * Usage events into billing: a topic full of allocations that have opened and closed, and a billing service that begins
 * to read it. Each event becomes UsageOpened, or UsageRated, UsageClosed and TransactionPosted, appended; the read models
 * follow from billing's own log. From the first event that billing appended to its last, and to the last read model's.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { jobEvents } from '@pioche/contracts';
import { eventBusMigrations, KafkaBroker, Relay } from '@pioche/event-bus';
import { EventStore, eventStoreMigrations } from '@pioche/event-store';
import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import { newPrefix } from './allocations.js';
import { brokersOfThisRun } from './kafka-tools.js';
import { cpuSeconds } from './load/processes.js';
import { report } from './report.js';

/** Half of them open an allocation, half close one. */
const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 40_000);
const GOAL = 10_000;
const PATIENCE_MS = 600_000;
const { AllocationOpened, AllocationClosed } = jobEvents.events;

/** n = 1 … : the allocation's number is n / 2; it opens at the n-th tenth of a second of the day and closes with the next. */
const FILL = `INSERT INTO events (stream_id, version, event_id, type, schema_version, data, meta, time)
  SELECT 'job_01h2xcejqtf2nbrexx3v' || id, 1 + n % 2, 'evt_01h2xcejqtf2nbrexx' || lpad(n::text, 8, '0'), CASE n % 2 WHEN 0 THEN 'AllocationOpened' ELSE 'AllocationClosed' END, CASE n % 2 WHEN 0 THEN ${AllocationOpened.version} ELSE ${AllocationClosed.version} END,
    CASE n % 2 WHEN 0 THEN $2::jsonb ELSE $3::jsonb END || jsonb_build_object('allocation', 'allocation_01h2xcejqtf2nbrexx3v' || id, 'job', 'job_01h2xcejqtf2nbrexx3v' || id,
      'tenant', 'tenant_01h2xcejqtf2nbrexx3v' || lpad((n / 2 % 50)::text, 6, '0'), 'opened_at', to_char(opened AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
    jsonb_build_object('actor', 'agent', 'commandId', 'c-' || n, 'correlationId', 'c-' || n, 'causationId', 'c-' || n), opened + n % 2 * interval '100 ms'
  FROM generate_series(2, $1::int + 1) n, LATERAL (SELECT lpad((n / 2)::text, 6, '0') AS id, '2026-11-17T00:00:00Z'::timestamptz + n / 2 % 800000 * interval '100 ms' AS opened) o`;

const prefix = newPrefix();
const broker = new KafkaBroker({ brokers: brokersOfThisRun() });
await broker.ensureTopic(`${prefix}scheduling`);
const database = await freshDatabase();
await publishLog();

async function publishLog(): Promise<void> {
  const log = await freshDatabase([...eventStoreMigrations, ...eventBusMigrations]);
  const store = new EventStore({ pool: log.pool, context: 'scheduling', groups: [jobEvents] });
  await priced();
  await log.pool.query(FILL, [EVENTS, JSON.stringify(AllocationOpened.example), JSON.stringify(AllocationClosed.example)]);
  const relay = new Relay({ store, pool: log.pool, broker, prefix });
  relay.start();
  await eventually(() => {
    if (relay.published < EVENTS) throw new Error(`${relay.published} of ${EVENTS} published: ${relay.problem ?? 'too slow'}`);
  }, PATIENCE_MS);
  await relay.close();
  await store.close();
  await log.drop();
}

interface Told { readonly url: string; readonly token: string }

async function startBilling(): Promise<{ child: ChildProcess; told: Told }> {
  const child = fork(fileURLToPath(new URL('load/billing.js', import.meta.url)), [database.url, prefix]);
  return { child, told: ((await once(child, 'message')) as [Told])[0] };
}

async function end(child: ChildProcess): Promise<void> {
  child.send('stop');
  await once(child, 'exit');
}

/** A price, before there is anything to rate. */
async function priced(): Promise<void> {
  const { child, told } = await startBilling();
  const headers = { authorization: `Bearer ${told.token}`, 'content-type': 'application/json', 'idempotency-key': 'prices', 'if-match': '*' };
  const { price_list: list } = (await (await fetch(`${told.url}/price-books`, { headers })).json()) as { price_list: string };
  const body = { effective_from: '2026-01-01T00:00:00.000Z', gpu_prices: [{ gpu_model: AllocationClosed.example.gpu_model, nano_per_gpu_second: '805556' }] };
  const answer = await fetch(`${told.url}/price-books/${list}:publish`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`no price: ${answer.status} ${await answer.text()}`);
  await end(child);
}

const count = async ({ pool }: FreshDatabase, type: string): Promise<number> =>
  (await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM events WHERE type = $1', [type])).rows[0]?.n ?? 0;

/** Positions that billing's consumers have come to. */
const PLACES = `SELECT regexp_replace(consumer, '_v[0-9]+$', '') AS consumer, position::float8 AS position FROM checkpoints`;
const SPAN = `SELECT extract(epoch FROM min(recorded_at))::float8 AS first, extract(epoch FROM max(recorded_at))::float8 AS last, max(position)::float8 AS head FROM events WHERE type LIKE 'Usage%' OR type = 'TransactionPosted'`;

const { child } = await startBilling();
const named = new Map([['billing', child.pid ?? 0]]);
const before = cpuSeconds(named);
const until = Date.now() + PATIENCE_MS;
let there = 0;
for (let head = Infinity; there === 0; await pause(50)) {
  const { rows } = await database.pool.query<{ consumer: string; position: number }>(PLACES);
  const at = new Map(rows.map(({ consumer, position }) => [consumer, position]));
  if ((at.get('meter-allocations') ?? 0) >= EVENTS) {
    head = (await database.pool.query<{ head: number }>(SPAN)).rows[0]?.head ?? Infinity;
    if (['usage_total', 'ledger_account'].every((consumer) => (at.get(consumer) ?? 0) >= head)) there = Date.now() / 1000;
  }
  const parked = await database.pool.query<{ reason: string }>('SELECT reason FROM dead_letters LIMIT 1');
  if (parked.rows[0]) throw new Error(`billing has parked an event: ${parked.rows[0].reason}`);
  if (Date.now() > until) throw new Error(`billing is at ${JSON.stringify([...at])} of ${EVENTS} after ${PATIENCE_MS / 1000} s`);
}
const used = [...cpuSeconds(named)].map(([name, after]) => [name, Number((((after - (before.get(name) ?? 0)) * 1e6) / EVENTS).toPrecision(3))] as const).filter(([, cost]) => cost > 0);
const [span] = (await database.pool.query<{ first: number; last: number }>(SPAN)).rows;
const { first = 0, last = 0 } = span ?? {};
const rated = await count(database, 'UsageRated');
if (rated !== EVENTS / 2) throw new Error(`${rated} slices of ${EVENTS / 2} allocations`);
const common = { events: EVENTS, rated, posted: await count(database, 'TransactionPosted'), cpu_us_per_event: Object.fromEntries(used), unit: 'events/s', reference: `the goal: ${GOAL} events/s`, reference_value: GOAL };
report({ bench: 'usage: events rated and posted', ...common, value: EVENTS / (last - first) });
report({ bench: 'usage: events rated, posted and in the read models', ...common, value: EVENTS / (there - first) });

await end(child);
await broker.close();
await database.drop();
