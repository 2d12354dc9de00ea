import { events, type FactOf } from '@pioche/contracts';
import { commandsOf, refuse, unreachable, type Decider } from '@pioche/kernel';
import { freshDatabase, type FreshDatabase } from '@pioche/testing';
import { z } from 'zod';
import { AggregateStore, type Asked } from './aggregate-store.js';
import { eventStoreMigrations } from './schema.js';
import { EventStore } from './store.js';

const doorEvents = events('inventory', {
  DoorBuilt: { version: 1, meaning: 'A door stands.', data: z.object({ tenant: z.string() }), example: { tenant: 'a' } },
  DoorOpened: { version: 1, meaning: 'It is open.', data: z.object({}), example: {} },
  DoorClosed: { version: 1, meaning: 'It is closed.', data: z.object({}), example: {} },
});
type DoorEvent = FactOf<typeof doorEvents>;
interface Door {
  readonly tenant?: string;
  readonly open: boolean;
  readonly moves: number;
}
const door: Decider<Door, DoorEvent> = {
  name: 'door',
  initial: { open: false, moves: 0 },
  snapshots: { every: 10, version: 1 },
  tenantOf: (state) => state.tenant,
  evolve(state, event) {
    switch (event.type) {
      case 'DoorBuilt': return { ...state, tenant: event.data.tenant };
      case 'DoorOpened': return { ...state, open: true, moves: state.moves + 1 };
      case 'DoorClosed': return { ...state, open: false, moves: state.moves + 1 };
      default: return unreachable(event);
    }
  },
};
const { command } = commandsOf(door);
const build = command({ name: 'build', summary: '', may: 'x', creates: true, input: z.object({ tenant: z.string() }), decide: (_, { tenant }) => [{ type: 'DoorBuilt', data: { tenant } }] });
const open = command({ name: 'open', summary: '', may: 'x', input: z.object({}), decide: (state) => (state.open ? refuse('already-open') : [{ type: 'DoorOpened', data: {} }]) });
const beOpen = command({ name: 'beOpen', summary: '', may: 'x', input: z.object({}), decide: (state) => (state.open ? [] : [{ type: 'DoorOpened', data: {} }]) });
const flip = command({ name: 'flip', summary: '', may: 'x', input: z.object({}), decide: (state) => [{ type: state.open ? 'DoorClosed' : 'DoorOpened', data: {} }] });

let database: FreshDatabase;
let store: EventStore;
let here: AggregateStore;
let elsewhere: AggregateStore;
let made = 0;
const ask = (over: Partial<Asked> = {}): Asked => ({ commandId: `c${(made += 1)}`, actor: 'test', now: '2026-11-17T09:00:00.000Z', ...over });

beforeAll(async () => {
  database = await freshDatabase(eventStoreMigrations);
  store = new EventStore({ pool: database.pool, context: 'inventory', groups: [doorEvents] });
  here = new AggregateStore(store, database.pool);
  elsewhere = new AggregateStore(store, database.pool);
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

it('creates once, and refuses what does not exist or exists already', async () => {
  expect(await here.execute(build, 'door_1', { tenant: 'a' }, ask())).toMatchObject({ version: 1, repeated: false });
  await expect(here.execute(build, 'door_1', { tenant: 'a' }, ask())).rejects.toMatchObject({ code: 'already-exists' });
  await expect(elsewhere.execute(build, 'door_1', { tenant: 'a' }, ask())).rejects.toMatchObject({ code: 'already-exists' });
  await expect(here.execute(open, 'door_0', {}, ask())).rejects.toMatchObject({ code: 'unknown' });
});

it('answers a repeated command as it was answered first, even where a rule would refuse it now', async () => {
  await here.execute(build, 'door_2', { tenant: 'a' }, ask());
  const first = await here.execute(open, 'door_2', {}, ask({ commandId: 'open-2' }));
  for (const store of [here, elsewhere]) {
    expect(await store.execute(open, 'door_2', {}, ask({ commandId: 'open-2' }))).toEqual({ ...first, repeated: true });
    await expect(store.execute(open, 'door_2', {}, ask({ commandId: 'open-2', requestHash: 'other' }))).rejects.toMatchObject({ name: 'CommandReusedError' });
  }
  expect(await store.read('door_2')).toHaveLength(2);
});

it('answers a repeated command as it was answered first, even where there is nothing left to do', async () => {
  await here.execute(build, 'door_20', { tenant: 'a' }, ask());
  const first = await here.execute(beOpen, 'door_20', {}, ask({ commandId: 'be-open', requestHash: 'one' }));
  expect(await here.execute(beOpen, 'door_20', {}, ask({ commandId: 'be-open', requestHash: 'one' }))).toEqual({ ...first, repeated: true });
  await expect(here.execute(beOpen, 'door_20', {}, ask({ commandId: 'be-open', requestHash: 'other' }))).rejects.toMatchObject({ name: 'CommandReusedError' });
  expect(await here.execute(beOpen, 'door_20', {}, ask())).toEqual({ id: 'door_20', version: 2, position: 0, events: [], repeated: false });
});

it('decides from the log, not from a remembered state that others have overtaken', async () => {
  await here.execute(build, 'door_3', { tenant: 'a' }, ask());
  await elsewhere.execute(open, 'door_3', {}, ask());
  await expect(here.execute(open, 'door_3', {}, ask())).rejects.toMatchObject({ code: 'already-open' });
  await elsewhere.execute(flip, 'door_3', {}, ask());
  expect(await here.execute(open, 'door_3', {}, ask())).toMatchObject({ version: 4 });
});

it('refuses a version that is not the stream’s, and decides again where the caller named none', async () => {
  await here.execute(build, 'door_4', { tenant: 'a' }, ask());
  await expect(here.execute(flip, 'door_4', {}, ask({ expected: 7 }))).rejects.toMatchObject({ name: 'ConflictError', actual: 1 });
  const both = Array.from({ length: 20 }, (_, n) => (n % 2 ? here : elsewhere).execute(flip, 'door_4', {}, ask()));
  expect((await Promise.all(both)).map(({ version }) => version).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 2));
});

it('hides what belongs to another tenant', async () => {
  await here.execute(build, 'door_5', { tenant: 'a' }, ask());
  await expect(here.execute(open, 'door_5', {}, ask({ tenant: 'b' }))).rejects.toMatchObject({ code: 'unknown' });
});

it('writes nothing when it only validates', async () => {
  await here.execute(build, 'door_6', { tenant: 'a' }, ask());
  expect(await here.execute(open, 'door_6', {}, ask({ validateOnly: true }))).toMatchObject({ events: [{ type: 'DoorOpened' }], position: 0 });
  expect(await store.read('door_6')).toHaveLength(1);
});

it('loads a long stream from its snapshot, and as it was', async () => {
  await here.execute(build, 'door_7', { tenant: 'a' }, ask({ now: '2026-01-01T00:00:00.000Z' }));
  for (let n = 0; n < 24; n += 1) await here.execute(flip, 'door_7', {}, ask());
  const { rows } = await database.pool.query<{ version: number }>("SELECT version FROM snapshots WHERE stream_id = 'door_7'");
  expect(rows).toEqual([{ version: 20 }]);
  const stranger = new AggregateStore(store, database.pool);
  expect(await stranger.load(door, 'door_7')).toEqual({ state: { tenant: 'a', open: false, moves: 24 }, version: 25 });
  expect(await stranger.load(door, 'door_7', { asOf: '2026-01-02T00:00:00.000Z' })).toEqual({ state: { tenant: 'a', open: false, moves: 0 }, version: 1 });
});

it('loads several at once as they are now: one that it remembers, one that it does not, and one that is not there', async () => {
  for (const id of ['door_several_1', 'door_several_2']) await here.execute(build, id, { tenant: 'a' }, ask());
  await elsewhere.load(door, 'door_several_1');
  for (let n = 0; n < 12; n += 1) await here.execute(flip, 'door_several_1', {}, ask());
  const loaded = await elsewhere.loadAll(door, ['door_several_1', 'door_none', 'door_several_2', 'door_several_1']);
  expect([...loaded]).toEqual([
    ['door_several_1', { state: { tenant: 'a', open: false, moves: 12 }, version: 13 }],
    ['door_none', { state: door.initial, version: 0 }],
    ['door_several_2', { state: { tenant: 'a', open: false, moves: 0 }, version: 1 }],
  ]);
  // What it has read it remembers.
  expect(await elsewhere.execute(open, 'door_several_2', {}, ask())).toMatchObject({ version: 2 });
});
