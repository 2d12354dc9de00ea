/**
 * Appended events per second at 1, 8 and 32 writers, with 1, 10 and 100 events each, beside inserts of the same row
 * into the same kind of table: as many connections, one prepared single-row INSERT per transaction. `pgbench` does
 * them where it is on the PATH, else Node.
 */
import { events } from '@pioche/contracts';
import { EventStore, eventStoreMigrations } from '@pioche/event-store';
import { freshDatabase } from '@pioche/testing';
import { z } from 'zod';
import { rawInserts } from './raw-inserts.js';
import { median, rate, report } from './report.js';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 1);
const ROUNDS = 3;
const SIZES = [1, 10, 100];
const data = { allocation: 'alloc_01h2xcejqtf2nbrexx3vqjhp41', job: 'job_01h2xcejqtf2nbrexx3vqjhp42', gpu_model: 'H100', gpu_milli: 8000, reason: 'benchmark', note: 'x'.repeat(80) };
const group = events('scheduling', { Measured: { version: 1, meaning: 'A benchmark event.', data: z.object({}), example: {} } });
const meta = { time: '2026-11-17T09:00:00.000Z', actor: 'bench', correlationId: 'bench', causationId: 'bench' };

const database = await freshDatabase(eventStoreMigrations);
const store = new EventStore({ pool: database.pool, context: 'scheduling', groups: [group] });
const raw = await rawInserts(database, { type: 'Measured', data: JSON.stringify(data), meta: JSON.stringify(meta), time: meta.time });

for (const writers of [1, 8, 32]) {
  const inserted: number[] = [];
  const appended = new Map(SIZES.map((size): [number, number[]] => [size, []]));
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    inserted.push(await raw.run(writers, SECONDS));
    for (const [size, found] of appended) {
      const batch = Array.from({ length: size }, () => ({ type: 'Measured', data }));
      const appends = await rate(writers, SECONDS, (writer, round) => {
        const stream = `b${size}-${writers}-${turn}-${writer}`;
        return store.append({ commandId: `${stream}-${round}`, writes: [{ stream, expected: round * size, events: batch }], meta });
      });
      found.push(appends * size);
    }
  }
  for (const [size, found] of appended) {
    report({ bench: 'append', writers, events_per_append: size, value: median(found), unit: 'events/s', reference: raw.name, reference_value: median(inserted) });
  }
}
await raw.close();
await store.close();
await database.drop();
