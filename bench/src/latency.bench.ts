/**
 * From a command to its effect in another service's read model: HTTP → decide → append → relay → Kafka → consumer →
 * commit, in two processes. Commands arrive on a schedule, whether the ones before are answered or not, and each is
 * measured from the moment it was due, so that a pause is seen by all who would have met it (no coordinated omission).
 * Beside it, right before and after: Kafka's own end-to-end tool, one record of the same size at a time.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { KafkaBroker, eventBusMigrations } from '@pioche/event-bus';
import { freshDatabase } from '@pioche/testing';
import { newPrefix } from './allocations.js';
import { brokersOfThisRun, endToEndLatency } from './kafka-tools.js';
import { quantile, report } from './report.js';

const PER_SECOND = Number(process.env['BENCH_RATE'] ?? 500);
const WARM_UP_S = 5;
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 20);
const RECORDS = 1_000;
const BYTES = 580;

const now = () => performance.timeOrigin + performance.now();
const start = (file: string, ...args: string[]) => fork(fileURLToPath(new URL(`./latency/${file}.js`, import.meta.url)), args);
const told = async <T>(child: ChildProcess): Promise<T> => (await once(child, 'message'))[0] as T;

const prefix = newPrefix();
const broker = new KafkaBroker({ brokers: brokersOfThisRun() });
await broker.ensureTopic(`${prefix}echo`);
const before = await endToEndLatency(`${prefix}echo`, RECORDS, BYTES);

const [commandedDatabase, followingDatabase] = [await freshDatabase(), await freshDatabase(eventBusMigrations)];
const commanded = start('commanded', commandedDatabase.url, prefix);
const { url, token } = await told<{ url: string; token: string }>(commanded);
const following = start('following', followingDatabase.url, prefix);
await told(following);

/** Position → when its command was due, and when it was answered. */
const waiting = new Map<number, { due: number; answered: number }>();
const visible: number[] = [];
const acknowledged: number[] = [];
/** What the follower has said before the command was answered. */
let reached = { position: 0, at: 0 };
let failed = 0;
let measuring = false;

following.on('message', (progress: typeof reached) => {
  reached = progress;
  // Positions are noted about in order: what is left behind is older than this.
  for (const [position, { due }] of waiting) {
    if (position > progress.position) continue;
    visible.push(progress.at - due);
    waiting.delete(position);
  }
});

const agent = new Agent({ keepAlive: true, maxSockets: 256 });
function command(n: number, due: number): void {
  const body = JSON.stringify({ value: n, note: 'x'.repeat(100) });
  const measured = measuring;
  const sent = request(`${url}/gauges`, {
    method: 'POST',
    agent,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': body.length, 'idempotency-key': `read-${n}` },
  }, (response) => {
    const answered = now();
    response.resume();
    const position = Number(/^lab:(\d+)$/.exec(String(response.headers['pioche-position']))?.[1]);
    if (response.statusCode !== 201 || Number.isNaN(position)) failed += 1;
    else if (measured) {
      acknowledged.push(answered - due);
      if (reached.position >= position) visible.push(Math.max(reached.at, answered) - due);
      else waiting.set(position, { due, answered });
    }
  });
  sent.on('error', () => (failed += 1)).end(body);
}

const begin = now() + 100;
const late: number[] = [];
const count = PER_SECOND * (WARM_UP_S + SECONDS);
for (let n = 0; n < count; ) {
  measuring = n >= PER_SECOND * WARM_UP_S;
  const due = begin + (n * 1000) / PER_SECOND;
  if (now() >= due) {
    if (measuring) late.push(now() - due);
    command(n++, due);
  } else await new Promise((resolve) => setTimeout(resolve, 1));
  if (n % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
}
const deadline = now() + 5_000;
while ((waiting.size > 0 || visible.length + failed < PER_SECOND * SECONDS) && now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));

const after = await endToEndLatency(`${prefix}echo`, RECORDS, BYTES);
const reference = { p50: (before.p50 + after.p50) / 2, p99: (before.p99 + after.p99) / 2 };
for (const samples of [visible, acknowledged, late]) samples.sort((a, b) => a - b);
const detail = { per_second: PER_SECOND, measured: visible.length, failed, never_seen: waiting.size, unit: 'ms' };
for (const [name, share] of [['p50', 0.5], ['p99', 0.99]] as const) {
  report({
    bench: `latency command → read model, ${name}`,
    ...detail,
    until_answered: Number(quantile(acknowledged, share).toFixed(1)),
    sent_late: Number(quantile(late, share).toFixed(1)),
    value: quantile(visible, share),
    reference: 'Kafka EndToEndLatency, one record at a time',
    reference_value: reference[name],
  });
}

for (const child of [commanded, following]) {
  child.send('stop');
  await once(child, 'exit');
}
agent.destroy();
await broker.close();
await commandedDatabase.drop();
await followingDatabase.drop();
