/** A client that got no answer asks again: with the same command id nothing is written twice, whatever it expects. */
import { events } from '@pioche/contracts';
import { freshDatabase, type FreshDatabase } from '@pioche/testing';
import { z } from 'zod';
import { eventStoreMigrations } from './schema.js';
import { EventStore } from './store.js';
import type { AppendRequest } from './types.js';

const group = events('inventory', { Counted: { version: 1, meaning: 'A test event.', data: z.object({ n: z.number() }), example: { n: 1 } } });
const meta = { time: '2026-11-17T09:00:00.000Z', actor: 'test', correlationId: 'c', causationId: 'c' };

describe('a repeated append', () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(eventStoreMigrations);
  });
  afterAll(() => database.drop());

  it('to streams that may be at any version is answered as the first, from another process too', async () => {
    const request: AppendRequest = { commandId: 'again', meta, writes: ['s', 't'].map((stream) => ({ stream, expected: 'any', events: [{ type: 'Counted', data: { n: 1 } }] })) };
    const [one, two] = [1, 2].map(() => new EventStore({ pool: database.pool, context: 'inventory', groups: [group] }));
    const first = await one?.append(request);
    await expect(two?.append(request)).resolves.toEqual({ ...first, repeated: true });
    expect([await one?.read('s'), await one?.read('t')]).toMatchObject([[{ version: 1 }], [{ version: 1 }]]);
    await Promise.all([one?.close(), two?.close()]);
  });
});
