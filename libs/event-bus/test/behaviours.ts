/** What every source of events guarantees; run against each. */
import type { EventGroup } from '@pioche/contracts';
import { eventually } from '@pioche/testing';
import { DeadLetters, type Consumption, type EventHandler } from '../src/index.js';
import { append, counts, novelties, recorder, seen, untilSeen, type World } from './world.js';

type Groups = readonly EventGroup[];

export function behaviours(open: () => Promise<World>): void {
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

  it('wakes a waiting consumer within milliseconds', async () => {
    const arrivals: number[] = [];
    const prompt: EventHandler = { name: 'prompt', sources: ['inventory'], handle: async () => void arrivals.push(performance.now()) };
    const consumption = await consume(prompt, [counts, novelties]);
    await eventually(async () => expect(consumption.position('inventory')).toBe(await world.store.head()));
    const waits: number[] = [];
    for (let n = 0; n < 30; n++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      arrivals.length = 0;
      const sent = performance.now();
      await append(world.store, [['prompt', n]]);
      while (arrivals.length === 0) await new Promise((resolve) => setImmediate(resolve));
      waits.push((arrivals.at(-1) ?? 0) - sent);
    }
    waits.sort((a, b) => a - b);
    process.stdout.write(`append → handler: p50 ${waits[15]?.toFixed(1)} ms, worst ${waits[29]?.toFixed(1)} ms\n`);
    // Far above what is usual, for a machine that does other things; far below any poll.
    expect(waits[15]).toBeLessThan(50);
  });

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
