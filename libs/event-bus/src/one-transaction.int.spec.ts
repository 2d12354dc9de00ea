/** Effects and checkpoint are one, whatever fails between them and whoever works beside. */
import { eventually } from '@pioche/testing';
import { append, counts, logTailWorld, recorder, seen, type World } from '../test/world.js';
import { batchOf, Consumer, type Batch } from './consumer.js';
import { Delivery, KnownEvents } from './delivery.js';

const { signal } = new AbortController();

describe('a batch', () => {
  let world: World;
  beforeEach(async () => {
    world = await logTailWorld();
  });
  afterEach(() => world.close());

  const everything = async (): Promise<Batch> => {
    const known = new KnownEvents([counts]);
    const logged = await world.store.readRaw({ after: 0, limit: 100 });
    const batch = batchOf(logged.map((event) => new Delivery({ logged: event, source: 'inventory', partition: 0, offset: event.position }, known)));
    if (!batch) throw new Error('an empty log');
    return batch;
  };

  it('has its effects once when the checkpoint after them cannot be stored at first', async () => {
    const { pool } = world.database;
    // A sequence counts what is rolled back, too.
    await pool.query(`CREATE SEQUENCE tries;
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('tries') <= 2 THEN RAISE 'no room'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON checkpoints FOR EACH ROW EXECUTE FUNCTION refuse()`);
    await append(world.store, [['s', 1], ['s', 2]]);
    await new Consumer(recorder('once'), { pool }).apply(await everything(), signal);
    expect(await seen(world, 'once')).toEqual(['s 1', 's 2']);
  });

  it('is not handled by a replica while another one does: it then finds it done', async () => {
    const { pool } = world.database;
    const open = Promise.withResolvers<void>();
    const record = recorder('alone');
    let entered = 0;
    const slow = {
      ...record,
      handle: async (...given: Parameters<typeof record.handle>) => {
        entered += 1;
        await open.promise;
        await record.handle(...given);
      },
    };
    await append(world.store, [['s', 1]]);
    const batch = await everything();
    const first = new Consumer(slow, { pool }).apply(batch, signal);
    await eventually(() => expect(entered).toBe(1));
    const second = new Consumer(slow, { pool }).apply(batch, signal);
    const waits = async () => (await pool.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)).rowCount;
    await eventually(async () => expect(entered + ((await waits()) ?? 0)).toBe(2));
    open.resolve();
    await Promise.all([first, second]);
    expect(entered).toBe(1);
    expect(await seen(world, 'alone')).toEqual(['s 1']);
  });

  it('of which one event cannot be handled leaves it, and what follows in its stream, among the dead letters', async () => {
    const { pool } = world.database;
    const picky = recorder('picky', ({ event }) => {
      if (event.subject === 'bad') throw new Error('cannot');
    });
    await append(world.store, [['good', 1], ['bad', 2], ['good', 3], ['bad', 4]]);
    await new Consumer(picky, { pool, attempts: 1 }).apply(await everything(), signal);
    const { rows } = await pool.query<{ line: string }>(`SELECT stream || ' ' || state AS line FROM dead_letters WHERE consumer = 'picky' ORDER BY id`);
    expect(rows.map(({ line }) => line)).toEqual(['bad dead', 'bad waiting']);
    expect(await seen(world, 'picky')).toEqual(['good 1', 'good 3']);
  });
});
