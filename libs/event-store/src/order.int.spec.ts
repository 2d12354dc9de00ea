import { events } from '@pioche/contracts';
import { freshDatabase, type FreshDatabase } from '@pioche/testing';
import pg from 'pg';
import { z } from 'zod';
import { eventStoreMigrations, ORDERING_LOCK } from './schema.js';
import { EventStore } from './store.js';

const group = events('inventory', { Counted: { version: 1, meaning: 'A test event.', data: z.object({ n: z.number() }), example: { n: 1 } } });
const WRITERS = 32;
const APPENDS = 15;

/** 32 writers, each with a connection of its own and a random delay between its insert and its commit, and one reader. */
async function race({ pool, url }: FreshDatabase): Promise<{ written: number; seen: number[]; inLog: number[] }> {
  await pool.query(`CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(random() * 0.004); RETURN NULL; END $$;
    CREATE TRIGGER dawdle AFTER INSERT ON events EXECUTE FUNCTION dawdle()`);
  const pools = Array.from({ length: WRITERS }, () => new pg.Pool({ connectionString: url, max: 1 }).on('error', () => {}));
  const stores = pools.map((own) => new EventStore({ pool: own, context: 'inventory', groups: [group] }));
  const reader = new EventStore({ pool, context: 'inventory', groups: [group] });
  let done = false;
  const seen: number[] = [];
  const reading = (async () => {
    for (let idle = 0; idle < 3; ) {
      const batch = await reader.readAll({ after: seen.at(-1) ?? 0, limit: 100 });
      seen.push(...batch.map(({ position }) => position));
      idle = done && batch.length === 0 ? idle + 1 : 0;
    }
  })();
  await Promise.all(
    stores.map(async (store, writer) => {
      for (let n = 0; n < APPENDS; n += 1) {
        const commandId = `w${writer}-${n}`;
        await store.append({ commandId, writes: [{ stream: `s${writer}`, expected: 'any', events: [{ type: 'Counted', data: { n } }] }], meta: { time: '2026-11-17T09:00:00.000Z', actor: 'w', correlationId: commandId, causationId: commandId } });
      }
    }),
  );
  done = true;
  await reading;
  const { rows } = await pool.query<{ position: number }>('SELECT position::float8 FROM events ORDER BY position');
  await Promise.all([...stores, reader].map((store) => store.close()));
  await Promise.all(pools.map((own) => own.end()));
  return { written: WRITERS * APPENDS, seen, inLog: rows.map(({ position }) => position) };
}

describe('the order of the log', () => {
  let database: FreshDatabase;
  beforeEach(async () => {
    database = await freshDatabase(eventStoreMigrations);
  });
  afterEach(() => database.drop());

  it('has no gaps for a reader beside 32 writers, while another database holds a transaction open', async () => {
    const other = await freshDatabase();
    const open = await other.pool.connect();
    await open.query('BEGIN; CREATE TABLE held (n int); INSERT INTO held VALUES (1)');
    try {
      const { written, seen, inLog } = await race(database);
      expect(inLog).toHaveLength(written);
      expect(seen).toEqual(inLog);
    } finally {
      await open.query('ROLLBACK');
      open.release();
      await other.drop();
    }
  });

  it('is lost when the ordering lock is taken out: this is what the lock is for', async () => {
    const { rows } = await database.pool.query<{ source: string }>("SELECT pg_get_functiondef('append_events'::regproc) AS source");
    const source = rows[0]?.source ?? '';
    expect(source).toContain(ORDERING_LOCK);
    await database.pool.query(source.replace(ORDERING_LOCK, ''));
    const { seen, inLog } = await race(database);
    expect(seen.length).toBeLessThan(inLog.length);
  });
});
