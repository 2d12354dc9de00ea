/** A log of many events as scheduling writes them: about 580 bytes each as a CloudEvent. */
import { randomBytes } from 'node:crypto';
import { events } from '@pioche/contracts';
import { eventBusMigrations } from '@pioche/event-bus';
import { EventStore, eventStoreMigrations } from '@pioche/event-store';
import { freshDatabase } from '@pioche/testing';
import { z } from 'zod';

export const allocations = events('scheduling', {
  Opened: {
    version: 1,
    meaning: 'A benchmark event.',
    data: z.object({ allocation: z.string(), tenant: z.string(), gpu_model: z.string(), gpu_milli: z.int() }),
    example: { allocation: 'a', tenant: 't', gpu_model: 'H100', gpu_milli: 8000 },
  },
});

const FILL = `INSERT INTO events (stream_id, version, event_id, type, schema_version, data, meta, time)
  SELECT 'job_01h2xcejqtf2nbrexx3v' || lpad((n % 1000)::text, 6, '0'), 1 + n / 1000, 'evt_01h2xcejqtf2nbrexx' || lpad(n::text, 8, '0'), 'Opened', 1,
    jsonb_build_object('allocation', 'alloc_01h2xcejqtf2nbrex' || lpad(n::text, 7, '0'), 'tenant', 'tenant_' || n % 50, 'gpu_model', 'H100', 'gpu_milli', 8000),
    jsonb_build_object('actor', 'user_olga', 'commandId', 'c-' || n, 'correlationId', 'c-' || n, 'causationId', 'c-' || n), clock_timestamp()
  FROM generate_series(1, $1::int) n`;

/** A new database with such a log in it; the consumers' tables are there too. */
export async function filledStore(count: number) {
  const database = await freshDatabase([...eventStoreMigrations, ...eventBusMigrations]);
  const store = new EventStore({ pool: database.pool, context: 'scheduling', groups: [allocations] });
  await database.pool.query(FILL, [count]);
  await database.pool.query('VACUUM ANALYZE events');
  const [sample] = await store.readRaw({ after: count / 2, limit: 1 });
  return { database, store, bytes: Buffer.byteLength(sample?.json ?? '') };
}

/** In front of the names of one round's topics and groups. */
export const newPrefix = (): string => `bench-${randomBytes(4).toString('hex')}.`;
