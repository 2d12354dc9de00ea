import { events, type Recorded } from '@pioche/contracts';
import { z } from 'zod';
import { NewerEventError, Upcasters } from './upcasters.js';

const V1 = z.object({ rack: z.string() });
const V2 = z.object({ rack: z.string(), row: z.string().nullable() });
const group = (writes: number) =>
  events('inventory', {
    Stood: {
      version: 2, writes, meaning: 'It stands.', data: V2, example: { rack: 'R1', row: 'B' },
      history: [{ version: 1, data: V1, upcast: ({ rack }: z.infer<typeof V1>) => ({ rack, row: null }), downcast: ({ rack }: z.infer<typeof V2>) => ({ rack }), example: { rack: 'R1' } }],
    },
    Fell: { version: 1, meaning: 'It fell.', data: z.object({}), example: {} },
  });
const data = { rack: 'R2', row: 'C' };
const recorded = (schemaVersion: number, of: unknown): Recorded => ({
  type: 'Stood', data: of, schemaVersion, id: 'evt_1', context: 'inventory', subject: 'rack_1', version: 4, position: 9,
  time: '2026-11-17T10:00:00.000Z', recordedTime: '2026-11-17T10:00:00.000Z', correlationId: 'c', causationId: 'c', actor: 'a',
});

describe('an event with two versions', () => {
  it('is written in the declared one, and read in the current one', () => {
    const [expand, migrate] = [new Upcasters([group(1)]), new Upcasters([group(2)])];
    expect(expand.written('Stood', data)).toEqual({ version: 1, data: { rack: 'R2' } });
    expect(migrate.written('Stood', data)).toEqual({ version: 2, data });
    for (const release of [expand, migrate]) {
      expect(release.current(recorded(1, { rack: 'R2' })).data).toEqual({ rack: 'R2', row: null });
      expect(release.current(recorded(2, data)).data).toEqual(data);
    }
  });

  it('is to those who decided it what it will be to those who read it', () => {
    const facts = [{ type: 'Stood', data }, { type: 'Fell', data: {} }] as const;
    expect(new Upcasters([group(1)]).readAgain(facts)).toEqual([{ type: 'Stood', data: { rack: 'R2', row: null } }, { type: 'Fell', data: {} }]);
    expect(new Upcasters([group(2)]).readAgain(facts)).toEqual(facts);
  });

  it('is not guessed at by a release that does not know its version', () => {
    expect(() => new Upcasters([group(2)]).current(recorded(3, data))).toThrow(NewerEventError);
    expect(() => new Upcasters([group(2)]).current(recorded(3, data))).toThrow('event 4 of rack_1 in inventory is Stood v3; this release knows it up to v2');
  });

  it('has to be declared to be written', () => {
    expect(() => new Upcasters([]).written('Stood', data)).toThrow('not declared');
  });
});
