/** What every source of events guarantees; run against each. */
import type { EventGroup } from '@pioche/contracts';
import { EventStore } from '@pioche/event-store';
import { eventually } from '@pioche/testing';
import { DeadLetters, type Consumption, type EventHandler } from '../src/index.js';
import { append, counts, novelties, recorder, seen, untilSeen, type World, type WorldOptions } from './world.js';

type Groups = readonly EventGroup[];

export function behaviours(open: (options?: WorldOptions) => Promise<World>): void {
  let world: World;
  const closing: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    world = await open();
  });
  afterEach(async () => {
    for (const each of closing.splice(0).reverse()) await each.close();
    await world.database.pool.query('TRUNCATE seen, dead_letters');
  });
  afterAll(() => world.close());

  const consume = async (handler: EventHandler, known: Groups = [counts], batchSize = 100): Promise<Consumption> => {
    const source = world.replica({ groups: known });
    closing.push(source);
    return await source.consume(handler, { batchSize });
  };
  const deadLetters = (handler: EventHandler, groups: Groups = [counts]) => new DeadLetters({ pool: world.database.pool, handlers: [handler], groups });
  const statesOf = async (handler: EventHandler) => (await deadLetters(handler).list({ consumer: handler.name })).map(({ stream, state }) => `${stream} ${state}`);

  it('gives each event once, in the order of its stream, from the beginning of the log', async () => {
    const lines = Array.from({ length: 250 }, (_, n) => [`order_${n % 3}`, n] as const);
    await append(world.store, lines);
    const consumption = await consume(recorder('order'));
    await untilSeen(world, lines.map(([stream, n]) => `${stream} ${n}`), 'order');
    await eventually(() => expect(consumption.lag()).toBe(0));
    expect(consumption.status).toBe('running');
    expect(consumption.position('inventory')).toBe(await world.store.head());
  });

  it('says that events wait while its first batch is at work', async () => {
    const gate = Promise.withResolvers<void>();
    const handler = recorder('held');
    const held: EventHandler = {
      ...handler,
      async handle(batch, tx) {
        await gate.promise;
        await handler.handle(batch, tx);
      },
    };
    await append(world.store, [['held', 1], ['held', 2]]);
    const consumption = await consume(held);
    await eventually(() => expect(consumption.lag()).toBeGreaterThanOrEqual(2));
    gate.resolve();
    await eventually(() => expect(consumption.lag()).toBe(0));
  });

  it('has an effect once when the handler fails halfway', async () => {
    let failures = 0;
    const flaky = recorder('flaky', ({ event }) => {
      if (event.subject === 'flaky' && failures++ === 0) throw new Error('once');
    });
    await append(world.store, [['flaky', 1], ['flaky', 2]]);
    await consume(flaky);
    await eventually(async () => expect((await seen(world, 'flaky')).filter((line) => line.startsWith('flaky'))).toEqual(['flaky 1', 'flaky 2']));
    expect(failures).toBeGreaterThan(1);
    expect(await statesOf(flaky)).toEqual([]);
  });

  it('has an effect once when its connection is cut between handle and commit, however often', async () => {
    let cuts = 0;
    const handler = recorder('cut');
    const cut: EventHandler = {
      ...handler,
      async handle(batch, tx) {
        await handler.handle(batch, tx);
        if (cuts++ < 4) await tx.query('SELECT pg_terminate_backend(pg_backend_pid())');
      },
    };
    await append(world.store, [['cut', 1], ['cut', 2]]);
    await consume(cut);
    await eventually(async () => expect((await seen(world, 'cut')).filter((line) => line.startsWith('cut'))).toEqual(['cut 1', 'cut 2']));
    expect(await statesOf(cut)).toEqual([]);
  });

  it('goes on from its checkpoint, and back to it when the database was restored', async () => {
    await append(world.store, [['again', 1]]);
    const first = await consume(recorder('again'));
    await eventually(async () => expect(await seen(world, 'again')).toContain('again 1'));
    const before = await seen(world, 'again');
    await world.database.pool.query('CREATE TABLE backup AS SELECT * FROM checkpoints');
    await append(world.store, [['again', 2]]);
    await untilSeen(world, [...before, 'again 2'], 'again');
    await first.close();

    const second = await consume(recorder('again'));
    await append(world.store, [['again', 3]]);
    await untilSeen(world, [...before, 'again 2', 'again 3'], 'again');
    await second.close();

    await world.database.pool.query(`DELETE FROM seen WHERE consumer = 'again' AND n > 1 AND stream = 'again'`);
    await world.database.pool.query(`UPDATE checkpoints c SET next_offset = b.next_offset, position = b.position FROM backup b WHERE b.consumer = 'again' AND c.consumer = 'again'`);
    await consume(recorder('again'));
    await untilSeen(world, [...before, 'again 2', 'again 3'], 'again');
    await world.database.pool.query('DROP TABLE backup');
  });

  it('parks an event that can never be handled; its stream waits, the others go on; redriven in order', async () => {
    let fixed = false;
    const picky = recorder('picky', ({ event }) => {
      if (event.subject === 'bad' && event.version === 2 && !fixed) throw new Error('cannot');
    });
    await consume(picky);
    await append(world.store, [['bad', 1], ['bad', 2], ['good', 1], ['bad', 3], ['good', 2]]);
    await eventually(async () => expect(await statesOf(picky)).toEqual(['bad dead', 'bad waiting']));
    await append(world.store, [['bad', 4], ['good', 3]]);
    await eventually(async () => expect(await statesOf(picky)).toEqual(['bad dead', 'bad waiting', 'bad waiting']));
    const own = async () => (await seen(world, 'picky')).filter((line) => /^(bad|good) /.test(line));
    await eventually(async () => expect(await own()).toEqual(['bad 1', 'good 1', 'good 2', 'good 3']));

    const letters = deadLetters(picky);
    const [letter] = await letters.list({ consumer: 'picky', state: 'dead' });
    expect(letter).toMatchObject({ stream: 'bad', type: 'Counted', reason: 'Error: cannot' });
    const id = letter?.id ?? '';
    expect(await letters.redrive(id)).toMatchObject({ redriven: 0, open: 3, failed: { id } });
    fixed = true;
    expect(await letters.redrive(id)).toEqual({ redriven: 3, open: 0 });
    await append(world.store, [['bad', 5]]);
    await eventually(async () => expect((await own()).slice(4)).toEqual(['bad 2', 'bad 3', 'bad 4', 'bad 5']));
  });

  it('keeps from one consumer only what that one cannot handle', async () => {
    const poisoned = recorder('poisoned', ({ event }) => {
      if (event.subject === 'poison') throw new Error('cannot');
    });
    const well = recorder('well');
    await consume(poisoned);
    await consume(well);
    await append(world.store, [['poison', 1], ['clean', 1], ['poison', 2], ['clean', 2]]);
    const own = async (name: string) => (await seen(world, name)).filter((line) => /^(poison|clean) /.test(line));
    await eventually(async () => expect(await statesOf(poisoned)).toEqual(['poison dead', 'poison waiting']));
    await eventually(async () => expect(await own('poisoned')).toEqual(['clean 1', 'clean 2']));
    await eventually(async () => expect(await own('well')).toEqual(['poison 1', 'clean 1', 'poison 2', 'clean 2']));
    expect(await statesOf(well)).toEqual([]);
  });

  it('goes on with what waited until the next that cannot be handled, which then is the dead one', async () => {
    const never = new Set([2, 4]);
    const fussy = recorder('fussy', ({ event }) => {
      if (event.subject === 'row' && never.has(event.version)) throw new Error(`not ${event.version}`);
    });
    await consume(fussy);
    await append(world.store, [['row', 1], ['row', 2], ['row', 3], ['row', 4], ['row', 5]]);
    await eventually(async () => expect(await statesOf(fussy)).toEqual(['row dead', 'row waiting', 'row waiting', 'row waiting']));
    const letters = deadLetters(fussy);
    const dead = async () => (await letters.list({ consumer: 'fussy', state: 'dead' })).map(({ id, reason }) => ({ id, reason }));
    const [first] = await dead();
    never.delete(2);
    const gone = await letters.redrive(first?.id ?? '');
    expect(gone).toMatchObject({ redriven: 2, open: 2, failed: { reason: 'Error: not 4' } });
    expect(await dead()).toEqual([gone.failed]);
    await append(world.store, [['row', 6]]);
    await eventually(async () => expect(await statesOf(fussy)).toEqual(['row redriven', 'row redriven', 'row dead', 'row waiting', 'row waiting']));
    never.delete(4);
    expect(await letters.redrive(gone.failed?.id ?? '')).toEqual({ redriven: 3, open: 0 });
    expect((await seen(world, 'fussy')).filter((line) => line.startsWith('row'))).toEqual(['row 1', 'row 2', 'row 3', 'row 4', 'row 5', 'row 6']);
  });

  it('has the effect of a redrive once when it is cut off before it commits', async () => {
    let state: 'broken' | 'cut' | 'well' = 'broken';
    const handler = recorder('torn');
    const torn: EventHandler = {
      ...handler,
      async handle(batch, tx) {
        const mine = batch.some(({ event }) => event.subject === 'torn');
        if (mine && state === 'broken') throw new Error('broken');
        await handler.handle(batch, tx);
        if (mine && state === 'cut') await tx.query('SELECT pg_terminate_backend(pg_backend_pid())');
      },
    };
    await consume(torn);
    await append(world.store, [['torn', 1], ['torn', 2]]);
    await eventually(async () => expect(await statesOf(torn)).toEqual(['torn dead', 'torn waiting']));
    const letters = deadLetters(torn);
    const [letter] = await letters.list({ consumer: 'torn', state: 'dead' });
    const own = async () => (await seen(world, 'torn')).filter((line) => line.startsWith('torn'));
    state = 'cut';
    await expect(letters.redrive(letter?.id ?? '')).rejects.toThrow();
    expect([await own(), await statesOf(torn)]).toEqual([[], ['torn dead', 'torn waiting']]);
    state = 'well';
    expect(await letters.redrive(letter?.id ?? '')).toEqual({ redriven: 2, open: 0 });
    await expect(letters.redrive(letter?.id ?? '')).rejects.toThrow('not a dead letter');
    expect(await own()).toEqual(['torn 1', 'torn 2']);
  });

  it('takes a corrected text for a dead letter, of the same event only', async () => {
    const strict = recorder('strict', ({ event }) => {
      if (event.subject === 'typo' && (event.data as { n: number }).n === 7) throw new Error('seven');
    });
    await consume(strict);
    await append(world.store, [['typo', 7]]);
    await eventually(async () => expect(await statesOf(strict)).toEqual(['typo dead']));
    const letters = deadLetters(strict);
    const [letter] = await letters.list({ consumer: 'strict' });
    const { id = '', raw = '' } = letter ?? {};
    await expect(letters.redrive(id, raw.replace('"typo"', '"other"'))).rejects.toThrow('another event');
    expect(await letters.redrive(id, raw.replace(/"n": ?7/, '"n": 8'))).toEqual({ redriven: 1, open: 0 });
    expect(await seen(world, 'strict')).toContain('typo 8');
  });

  it('parks an event that it does not know, even one it does not want', async () => {
    const choosy = { ...recorder('choosy'), wants: new Set(['Counted']) };
    const consumption = await consume(choosy);
    await append(world.store, [['new', 'invented'], ['new', 1], ['old', 1]]);
    await eventually(async () => expect(await statesOf(choosy)).toEqual(['new dead', 'new waiting']));
    await eventually(async () => expect(await seen(world, 'choosy')).toContain('old 1'));
    await consumption.close();

    const upgraded = deadLetters(choosy, [counts, novelties]);
    const [letter] = await upgraded.list({ consumer: 'choosy', state: 'dead' });
    expect(letter?.reason).toContain('unknown event: Invented v1');
    expect(await upgraded.redrive(letter?.id ?? '')).toEqual({ redriven: 2, open: 0 });
    expect((await seen(world, 'choosy')).filter((line) => line.startsWith('new'))).toEqual(['new 1']);
    await world.database.pool.query(`DELETE FROM events WHERE type = 'Invented'`);
  });

  it('handles what an older build has parked once a newer one looks, in order, once, whatever it parks beside', async () => {
    const mixed = recorder('mixed');
    const old = await consume(mixed);
    const states = async () => (await statesOf(mixed)).filter((line) => line.startsWith('mixed'));
    await append(world.store, [['mixed', 1], ['mixed', 'invented'], ['mixed', 2], ['beside', 1]]);
    await eventually(async () => expect(await states()).toEqual(['mixed dead', 'mixed waiting']));
    const newer = () => deadLetters(mixed, [counts, novelties]);
    expect(await deadLetters(mixed).redriveKnown()).toBe(0);
    // Two replicas of the newer build look at once.
    await Promise.all([newer().redriveKnown(), newer().redriveKnown()]);
    expect(await states()).toEqual(['mixed redriven', 'mixed redriven']);
    // The older build still has the partition.
    await append(world.store, [['mixed', 'invented'], ['mixed', 3]]);
    await eventually(async () => expect(await states()).toEqual(['mixed redriven', 'mixed redriven', 'mixed dead', 'mixed waiting']));
    await old.close();
    expect(await newer().redriveKnown()).toBe(2);
    await consume(recorder('mixed'), [counts, novelties]);
    await append(world.store, [['mixed', 4]]);
    const own = async () => (await seen(world, 'mixed')).filter((line) => line.startsWith('mixed'));
    await eventually(async () => expect(await own()).toEqual(['mixed 1', 'mixed invented', 'mixed 2', 'mixed invented', 'mixed 3', 'mixed 4']));
    await world.database.pool.query(`DELETE FROM events WHERE type = 'Invented'`);
  });

  it('lets only one of two replicas handle an event, and the other take over', async () => {
    const one = await consume(recorder('replica'), [counts, novelties], 10);
    const two = await consume(recorder('replica'), [counts, novelties], 10);
    const numbers = Array.from({ length: 60 }, (_, n) => [`replica_${n % 2}`, n] as const);
    const own = async () => (await seen(world, 'replica')).filter((line) => line.startsWith('replica'));
    await append(world.store, numbers.slice(0, 30));
    await eventually(async () => expect(await own()).toHaveLength(30), 15_000);
    await one.close();
    await append(world.store, numbers.slice(30));
    await eventually(async () => expect(await own()).toHaveLength(60), 15_000);
    expect(await own()).toEqual(numbers.map(([stream, n]) => `${stream} ${n}`));
    expect(two.status).toBe('running');
  });

  it('is woken by an append of whichever process, not by the net under it', async () => {
    const quiet = await open({ netMs: 600_000 });
    const source = quiet.replica();
    await source.consume(recorder('woken'));
    const { pool } = quiet.database;
    const elsewhere = new EventStore({ pool, context: 'inventory', groups: [counts] });
    for (let n = 0; n < 5; n++) {
      await append(elsewhere, [['woken', n]]);
      await untilSeen(quiet, Array.from({ length: n + 1 }, (_, i) => `woken ${i}`), 'woken');
    }
    await elsewhere.close();
    await source.close();
    await quiet.close();
  }, 30_000);

  it('gives the bytes that the store gives', async () => {
    const raws: string[] = [];
    const copy: EventHandler = { name: 'copy', sources: ['inventory'], handle: async (batch) => void raws.push(...batch.map(({ raw }) => raw)) };
    await append(world.store, [['ünïcode "1"', 1]]);
    await consume(copy, [counts, novelties]);
    const stored = await world.store.readRaw({ after: 0, limit: 10_000 });
    await eventually(() => expect(raws.length).toBeGreaterThanOrEqual(stored.length));
    const known = new Set(raws);
    expect(stored.filter(({ json }) => !known.has(json))).toEqual([]);
  });

  it('passes what a handler does not want, misses nothing that it wants, and goes on from there after a restart', async () => {
    const choosy: EventHandler = { ...recorder('passing'), wants: new Set(['Counted']) };
    await append(world.store, [['passing', 0]]);
    const first = await consume(choosy);
    const own = async () => (await seen(world, 'passing')).filter((line) => line.startsWith('passing'));
    await eventually(async () => expect(await own()).toEqual(['passing 0']));
    for (let round = 1; round <= 3; round += 1) {
      await append(world.store, [['other', 'skipped'], ['other', 'skipped']]);
      const head = await world.store.head();
      await eventually(() => expect(first.position('inventory')).toBe(head));
      await append(world.store, [['passing', round]]);
    }
    await append(world.store, [['other', 'skipped']]);
    const head = await world.store.head();
    await eventually(() => expect(first.position('inventory')).toBe(head));
    await first.close();
    const { rows } = await world.database.pool.query<{ position: string }>("SELECT position FROM checkpoints WHERE consumer = 'passing'");
    expect(rows).toEqual([{ position: String(head) }]);
    await append(world.store, [['passing', 4]]);
    await consume(choosy);
    await eventually(async () => expect(await own()).toEqual(['passing 0', 'passing 1', 'passing 2', 'passing 3', 'passing 4']));
  });
}
