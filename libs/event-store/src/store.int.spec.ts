import { events, type EventGroup } from '@pioche/contracts';
import type { Fact } from '@pioche/kernel';
import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import fc from 'fast-check';
import { z } from 'zod';
import { EventStore } from './store.js';
import { eventStoreMigrations } from './schema.js';
import { ConflictError, type AppendRequest, type Expected } from './types.js';

const group: EventGroup = events('inventory', {
  Counted: {
    version: 2,
    meaning: 'A test event.',
    data: z.object({ n: z.number(), unit: z.string() }),
    example: { n: 1, unit: 'one' },
    history: [{ version: 1, data: z.object({ n: z.number() }), upcast: (old: { n: number }) => ({ ...old, unit: 'one' }) }],
  },
});

const counted = (n: number): Fact => ({ type: 'Counted', data: { n, unit: 'one' } });
const TIME = '2026-11-17T09:00:00.000Z';

const inOrder = (versions: readonly (number | undefined)[]) => versions.toSorted((a, b) => (a ?? 0) - (b ?? 0));

let database: FreshDatabase;
let store: EventStore;
let made = 0;

const ask = (writes: AppendRequest['writes'], over: Partial<AppendRequest> = {}): AppendRequest => {
  made += 1;
  const commandId = over.commandId ?? `c${made}`;
  return { commandId, writes, meta: { time: TIME, actor: 'test', correlationId: commandId, causationId: commandId, ...over.meta } };
};
const write = (stream: string, expected: Expected, ...ns: number[]) => ({ stream, expected, events: ns.map(counted) });

beforeAll(async () => {
  database = await freshDatabase(eventStoreMigrations);
  store = new EventStore({ pool: database.pool, context: 'inventory', groups: [group] });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

describe('append', () => {
  it('gives the new version and position, and the events read back in order', async () => {
    const first = await store.append(ask([write('a', 'none', 1, 2)]));
    const second = await store.append(ask([write('a', 2, 3)]));
    expect(first.versions.get('a')).toBe(2);
    expect(second.position).toBeGreaterThan(first.position);
    const events = await store.read('a');
    expect(events.map(({ version, data }) => [version, (data as { n: number }).n])).toEqual([[1, 1], [2, 2], [3, 3]]);
    expect(events[0]).toMatchObject({ type: 'Counted', subject: 'a', time: TIME, actor: 'test', context: 'inventory' });
  });

  it.each<[Expected, number, boolean]>([
    ['none', 0, true], ['none', 1, false],
    ['any', 0, true], ['any', 3, true],
    ['exists', 0, false], ['exists', 1, true],
    [2, 2, true], [2, 1, false], [2, 3, false], [0, 0, true],
  ])('expecting %s of a stream at version %i: accepted is %s', async (expected, version, accepted) => {
    const stream = `s${(made += 1)}`;
    if (version > 0) await store.append(ask([write(stream, 'none', ...Array.from({ length: version }, (_, n) => n))]));
    const append = store.append(ask([write(stream, expected, 9)]));
    if (accepted) expect((await append).versions.get(stream)).toBe(version + 1);
    else {
      await expect(append).rejects.toMatchObject({ name: 'ConflictError', stream, expected, actual: version });
      expect(await store.read(stream)).toHaveLength(version);
    }
  });

  it('writes several streams all or nothing', async () => {
    await store.append(ask([write('m1', 'none', 1)]));
    await expect(store.append(ask([write('m2', 'none', 1), write('m1', 'none', 2)]))).rejects.toBeInstanceOf(ConflictError);
    expect(await store.read('m2')).toEqual([]);
    const both = await store.append(ask([write('m2', 'none', 1), write('m1', 1, 2)]));
    expect([...both.versions]).toEqual(expect.arrayContaining([['m1', 2], ['m2', 1]]));
  });

  it('writes a repeated command once and answers as before', async () => {
    const request = ask([write('r', 'none', 1, 2)], { commandId: 'twice' });
    const first = await store.append(request);
    const again = await store.append(request);
    expect(again).toEqual({ ...first, repeated: true });
    expect(await store.read('r')).toHaveLength(2);
  });

  it('gives each of many concurrent appends its own answer, whatever its neighbours meet', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.record({ stream: fc.integer({ min: 0, max: 3 }), expected: fc.constantFrom<Expected>('none', 'any', 'exists', 0, 1, 2) }), { minLength: 1, maxLength: 40 }), async (asks) => {
        const run = `p${(made += 1)}_`;
        const answers = await Promise.allSettled(asks.map(({ stream, expected }) => store.append(ask([write(run + stream, expected, 1)]))));
        for (const stream of new Set(asks.map((one) => run + one.stream))) {
          const won = answers.flatMap((answer) => (answer.status === 'fulfilled' && answer.value.versions.has(stream) ? [answer.value.versions.get(stream)] : []));
          const stored = await store.read(stream);
          expect(stored.map(({ version }) => version)).toEqual(inOrder(won));
          expect(inOrder(won)).toEqual(won.map((_, index) => index + 1));
        }
        for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(ConflictError);
      }),
      { numRuns: 25 },
    ));

  it.each(['\u0000', 'half a pair: \ud83d'])('does not let one impossible append (%j) fail the others of its group', async (unit) => {
    const bad = store.append(ask([{ stream: 'bad', expected: 'any', events: [{ type: 'Counted', data: { n: 1, unit } }] }]));
    const good = store.append(ask([write(`good ${unit.length}`, 'any', 1)]));
    await expect(bad).rejects.toThrow();
    expect((await good).versions.get(`good ${unit.length}`)).toBe(1);
  });

  it('keeps what only looks impossible', async () => {
    const odd = { n: 1, unit: String.raw`\u0000 and \ud83d, spelt out, and 🙂` };
    await store.append(ask([{ stream: 'odd', expected: 'none', events: [{ type: 'Counted', data: odd }] }]));
    expect((await store.read('odd')).map(({ data }) => data)).toEqual([odd]);
  });
});

describe('reading', () => {
  it('shows a stream as it was', async () => {
    await store.append(ask([write('t', 'none', 1)], { meta: { time: '2026-01-01T00:00:00.000Z' } as never }));
    await store.append(ask([write('t', 1, 2)], { meta: { time: '2026-02-01T00:00:00.000Z' } as never }));
    expect(await store.read('t', { asOf: '2026-01-15T00:00:00.000Z' })).toHaveLength(1);
  });

  it('upcasts an event of an older version', async () => {
    const { pool } = database;
    await pool.query(`INSERT INTO events (stream_id, version, event_id, type, schema_version, data, meta, time)
      VALUES ('old', 1, 'evt_old', 'Counted', 1, '{"n": 7}', '{"actor":"x","correlationId":"x","causationId":"x"}', now())`);
    expect((await store.read('old'))[0]?.data).toEqual({ n: 7, unit: 'one' });
  });

  it('wakes a reader without polling', async () => {
    const woken: number[] = [];
    const other = new EventStore({ pool: database.pool, context: 'inventory', groups: [group] });
    const stop = other.onAppended(() => woken.push(Date.now()));
    await eventually(async () => {
      const { rows } = await database.pool.query("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'");
      expect(rows.length).toBeGreaterThan(0);
    });
    const before = Date.now();
    await store.append(ask([write('w', 'any', 1)]));
    await eventually(() => expect(woken.some((at) => at >= before)).toBe(true), 500);
    stop();
    await other.close();
  });
});
