import { cloudEventText, events } from '@pioche/contracts';
import { eventBusMigrations, type EventHandler } from '@pioche/event-bus';
import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import pino from 'pino';
import { z } from 'zod';
import { startRedriver } from './redriver.js';

const group = events('lab', { Noted: { version: 2, meaning: 'A note.', data: z.object({ text: z.string() }), example: { text: 'a' }, history: [{ version: 1, data: z.object({}), upcast: () => ({ text: '' }) }] } });
const text = (position: number) =>
  cloudEventText({ context: 'lab', position, stream: 'note_1', version: position, eventId: `evt_${position}`, type: 'Noted', schemaVersion: 2, dataJson: '{"text":"a"}', time: '2026-11-17T10:00:00.000Z', recordedTime: '2026-11-17T10:00:00.000Z', meta: { actor: 'a', correlationId: 'c', causationId: 'c' } });

describe('what an older release has parked', () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(eventBusMigrations);
  });
  afterAll(() => database.drop());

  const park = (position: number, state: 'dead' | 'waiting', reason: string) =>
    database.pool.query(`INSERT INTO dead_letters (consumer, source, partition, "offset", position, stream, event_id, type, raw, reason, state) VALUES ('reader', 'lab', 0, $1, $1, 'note_1', $2, 'Noted', $3, $4, $5)`, [position, `evt_${position}`, text(position), reason, state]);
  const states = async () => (await database.pool.query<{ line: string }>(`SELECT position || ' ' || state AS line FROM dead_letters ORDER BY id`)).rows.map(({ line }) => line);

  it('is handled at the start and as it comes, in order, and what failed for another reason is left to people', async () => {
    const handled: number[] = [];
    const reader: EventHandler = { name: 'reader', sources: ['lab'], handle: (batch) => Promise.resolve(void handled.push(...batch.map(({ position }) => position))) };
    await park(1, 'dead', 'unknown event: Noted v2');
    await park(2, 'waiting', 'an earlier event of its stream is dead');
    const end = startRedriver({ pool: database.pool, handlers: () => Promise.resolve([reader]), groups: [group], logger: pino({ enabled: false }), everyMs: 20 });
    try {
      await eventually(async () => expect(await states()).toEqual(['1 redriven', '2 redriven']));
      await park(3, 'dead', 'Error: cannot');
      await database.pool.query(`UPDATE dead_letters SET stream = 'note_2' WHERE position = 3`);
      await park(4, 'dead', 'unknown event: Noted v2');
      await eventually(async () => expect(await states()).toEqual(['1 redriven', '2 redriven', '3 dead', '4 redriven']));
    } finally {
      await end();
    }
    expect(handled).toEqual([1, 2, 4]);
  });
});
