/**
 * Appends per second at 1, 8 and 32 writers, with 1, 10 and 100 events each, beside raw inserts of the same row:
 * as many connections, one prepared single-row INSERT per transaction, as `pgbench` does it.
 */
import { events } from '@pioche/contracts';
import { EventStore, eventStoreMigrations } from '@pioche/event-store';
import { freshDatabase } from '@pioche/testing';
import pg from 'pg';
import { z } from 'zod';
import { report } from './report.js';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3);
const data = { allocation: 'alloc_01h2xcejqtf2nbrexx3vqjhp41', job: 'job_01h2xcejqtf2nbrexx3vqjhp42', gpu_model: 'H100', gpu_milli: 8000, reason: 'benchmark', note: 'x'.repeat(80) };
const group = events('scheduling', { Measured: { version: 1, meaning: 'A benchmark event.', data: z.object({}), example: {} } });
const meta = { time: '2026-11-17T09:00:00.000Z', actor: 'bench', correlationId: 'bench', causationId: 'bench' };

/** Runs writers side by side for a while. @returns rounds per second, all writers together */
async function rate(writers: number, once: (writer: number, round: number) => Promise<unknown>): Promise<number> {
  const end = performance.now() + SECONDS * 1000;
  const rounds = await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      let round = 0;
      for (; performance.now() < end; round += 1) await once(writer, round);
      return round;
    }),
  );
  return rounds.reduce((sum, n) => sum + n, 0) / SECONDS;
}

const database = await freshDatabase(eventStoreMigrations);
const store = new EventStore({ pool: database.pool, context: 'scheduling', groups: [group] });
const raw = new pg.Pool({ connectionString: database.url, max: 32 });
await raw.query('CREATE TABLE raw_events (LIKE events INCLUDING ALL)');

for (const writers of [1, 8, 32]) {
  const inserts = await rate(writers, (writer, round) =>
    raw.query({
      name: 'raw',
      text: 'INSERT INTO raw_events (stream_id, version, event_id, type, schema_version, data, meta, time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
      values: [`raw-${writers}-${writer}`, round + 1, `evt_raw-${writers}-${writer}-${round}`, 'Measured', 1, data, meta, meta.time],
    }),
  );
  for (const size of [1, 10, 100]) {
    const batch = Array.from({ length: size }, () => ({ type: 'Measured', data }));
    const appends = await rate(writers, (writer, round) => {
      const stream = `b${size}-${writers}-${writer}`;
      return store.append({ commandId: `${stream}-${round}`, writes: [{ stream, expected: round * size, events: batch }], meta });
    });
    report({ bench: 'append', writers, events_per_append: size, value: appends * size, unit: 'events/s', reference: 'raw single-row inserts, as many connections', reference_value: inserts });
  }
}
await raw.end();
await store.close();
await database.drop();
