import { array, assert, constantFrom, integer, property, tuple } from 'fast-check';
import { cloudEventText, events } from '@pioche/contracts';
import { z } from 'zod';
import { Delivery, KnownEvents } from './delivery.js';
import { sortBatch } from './sorting.js';

const known = new KnownEvents([events('inventory', { Known: { version: 1, meaning: '', data: z.object({}), example: {} } })]);
const time = '2026-11-17T10:00:00.000Z';

const delivery = (position: number, stream: string, { type = 'Known', offset = position } = {}): Delivery => {
  const meta = { actor: 'a', correlationId: 'c', causationId: 'c' };
  const raw = cloudEventText({ context: 'inventory', position, stream, version: 1, eventId: `e${position}`, type, schemaVersion: 1, dataJson: '{}', time, recordedTime: time, meta });
  return new Delivery({ raw, source: 'inventory', partition: 0, offset }, known);
};
const sorted = (batch: readonly Delivery[], position = 0, nextOffset = 0) =>
  sortBatch(batch, { checkpoint: { position, nextOffset }, blocked: new Set(), hasOffsets: true });

describe('a batch is sorted', () => {
  it('skips what is below the checkpoint by its position, whatever its offset: a topic that is made anew has others', () => {
    const batch = [delivery(5, 's', { offset: 0 }), delivery(6, 's', { offset: 1 }), delivery(6, 's', { offset: 2 }), delivery(7, 's', { offset: 3 })];
    const { handled, position } = sorted(batch, 5, 9);
    expect([handled.map((each) => each.offset), position]).toEqual([[1, 3], 7]);
  });

  it('skips what is not an event by its offset, for it has nothing else', () => {
    const noise = (offset: number) => new Delivery({ raw: 'noise', source: 'inventory', partition: 0, offset }, known);
    expect(sorted([noise(3), noise(4)], 0, 4).parked.map((each) => each.delivery.offset)).toEqual([4]);
  });

  it('parks what is not an event, alone', () => {
    const noise = new Delivery({ raw: 'noise', source: 'inventory', partition: 0, offset: 1 }, known);
    const { handled, parked } = sorted([noise, delivery(1, 's', { offset: 2 })]);
    expect(handled).toHaveLength(1);
    expect(parked).toMatchObject([{ state: 'dead', reason: expect.stringContaining('not JSON') }]);
  });

  it('never lets an event pass one of its stream that is parked, and loses none', () => {
    const event = tuple(constantFrom('a', 'b', 'c'), constantFrom('Known', 'Known', 'Novel'), integer({ min: 1, max: 3 }));
    assert(
      property(array(event, { maxLength: 40 }), (list) => {
        let position = 0;
        const batch = list.map(([stream, type, step]) => delivery((position += step), stream, { type }));
        const { handled, parked } = sorted(batch);
        expect(handled.length + parked.length).toBe(batch.length);
        for (const { delivery: dead } of parked) {
          expect(handled.filter((each) => each.head.subject === dead.head.subject && each.position > dead.position)).toEqual([]);
        }
      }),
    );
  });
});
