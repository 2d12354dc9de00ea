/** A reaction's commands commit before its checkpoint does: an event that comes again must find them done. */
import { Delivery, KnownEvents } from '@pioche/event-bus';
import { AggregateStore, EventStore, eventStoreMigrations } from '@pioche/event-store';
import { systemClock } from '@pioche/kernel';
import { freshDatabase, type FreshDatabase } from '@pioche/testing';
import { DataSource } from 'typeorm';
import { inspectStoppedLathe, latheEvents } from '../test/workshop.js';
import { reactionHandler } from './reaction-handler.js';

describe('a reaction', () => {
  let database: FreshDatabase;
  let store: EventStore;
  beforeAll(async () => {
    database = await freshDatabase(eventStoreMigrations);
    store = new EventStore({ pool: database.pool, context: 'lab', groups: [latheEvents] });
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  it('to an event that comes again, in another process too, writes nothing more', async () => {
    const lathe = 'lathe_01h2xcejqtf2nbrexx3vqjhp41';
    const meta = { time: '2026-11-17T10:00:00.000Z', actor: 'test', correlationId: 'c', causationId: 'c' };
    const facts = [{ type: 'LatheBought', data: { name: 'L1' } }, { type: 'LatheStarted', data: {} }, { type: 'LatheStopped', data: { reason: 'done' } }];
    await store.append({ commandId: 'life', writes: [{ stream: lathe, expected: 'none', events: facts }], meta });
    const [, , logged] = await store.readRaw({ after: 0, limit: 3 });
    if (!logged) throw new Error('nothing was stopped');
    const tx = await database.pool.connect();
    for (let process = 0; process < 2; process += 1) {
      const db = new DataSource({ type: 'postgres', url: database.url });
      const handler = reactionHandler(inspectStoppedLathe, { store, aggregates: new AggregateStore(store, database.pool), db, clock: systemClock });
      await handler.handle([new Delivery({ logged, source: 'lab', partition: 0, offset: 0 }, new KnownEvents([latheEvents]))], tx);
    }
    tx.release();
    expect((await store.read(lathe)).map(({ type }) => type)).toEqual(['LatheBought', 'LatheStarted', 'LatheStopped', 'LatheInspected']);
  });
});
