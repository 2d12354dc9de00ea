import { events, type RecordedOf } from '@pioche/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { z } from 'zod';
import { projection } from './projection.js';
import { rowsAfter } from './rows-after.js';

const lamp = events('lab', {
  LampHung: { version: 1, meaning: 'It hangs.', data: z.object({ room: z.string() }), example: { room: 'hall' } },
  LampLit: { version: 1, meaning: 'It shines.', data: z.object({}), example: {} },
  LampTaken: { version: 1, meaning: 'It is gone.', data: z.object({}), example: {} },
});

@Entity('lamp')
class LampRow {
  @PrimaryColumn('text') lamp!: string;
  @Column('text') room!: string;
  @Column('int') lit!: number;
}

const lamps = projection(LampRow, { version: 1, from: lamp }, {
  LampHung: (rows, { subject, data }) => rows.put({ lamp: subject, room: data.room, lit: 0 }),
  LampLit: (rows, { subject }) => rows.patch({ lamp: subject }, ({ lit }) => ({ lit: lit + 1 })),
  LampTaken: (rows, { subject }) => rows.remove({ lamp: subject }),
});

const time = '2026-11-17T09:00:00.000Z';
const recorded = { id: 'evt_1', context: 'lab', subject: 'lamp_1', version: 1, position: 1, time, recordedTime: time, schemaVersion: 1, correlationId: 'c', causationId: 'c', actor: 'a' } as const;
const hung: RecordedOf<typeof lamp> = { ...recorded, type: 'LampHung', data: { room: 'hall' } };
const lit: RecordedOf<typeof lamp> = { ...recorded, type: 'LampLit', data: {} };
const taken: RecordedOf<typeof lamp> = { ...recorded, type: 'LampTaken', data: {} };

describe('the rows after some events', () => {
  it('are those that the read model would have', () => {
    expect(rowsAfter(lamps, LampRow, [])).toEqual([]);
    expect(rowsAfter(lamps, LampRow, [hung, lit, lit])).toEqual([{ lamp: 'lamp_1', room: 'hall', lit: 2 }]);
    expect(rowsAfter(lamps, LampRow, [hung, taken])).toEqual([]);
  });
});
