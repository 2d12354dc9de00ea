import { z } from 'zod';
import { events, type EventDeclaration, type OlderVersion } from './define.js';
import { downcast, upcast, versionFaults, writtenVersion } from './versions.js';

const V1 = z.object({ rack: z.string() });
const V2 = z.object({ rack: z.string(), row: z.string().nullable() });
const V3 = z.object({ place: z.object({ rack: z.string(), row: z.string().nullable() }) });

type Step = OlderVersion;
const oneWay: Step = { version: 1, data: V1, upcast: ({ rack }: z.infer<typeof V1>) => ({ rack, row: null }) };
const first: Step = { ...oneWay, downcast: ({ rack }: z.infer<typeof V2>) => ({ rack }), example: { rack: 'R1' } };
const second: Step = { version: 2, data: V2, upcast: (place: z.infer<typeof V2>) => ({ place }), downcast: ({ place }: z.infer<typeof V3>) => place, example: { rack: 'R1', row: 'B' } };
const declared = (more: Partial<EventDeclaration> = {}): EventDeclaration => ({
  version: 3, meaning: 'It stands.', data: V3, example: { place: { rack: 'R2', row: 'C' } }, history: [first, second], ...more,
});
const { Stood } = events('inventory', { Stood: declared() }).events;

describe('the versions of an event', () => {
  it('write the current one, or the older one that is said', () => {
    expect([writtenVersion(declared()), writtenVersion(declared({ writes: 1 }))]).toEqual([3, 1]);
    expect(Stood.version).toBe(3);
  });

  it('are gone through step by step, both ways', () => {
    const current = { place: { rack: 'R2', row: 'C' } };
    expect([1, 2, 3].map((writes) => downcast(declared({ writes }), current))).toEqual([{ rack: 'R2' }, { rack: 'R2', row: 'C' }, current]);
    expect(upcast(declared(), 1, { rack: 'R2' })).toEqual({ place: { rack: 'R2', row: null } });
    expect(upcast(declared(), 2, { rack: 'R2', row: 'C' })).toEqual(current);
    expect(upcast(declared(), 3, current)).toBe(current);
  });

  it('are refused without a step back', () => {
    const declaration = declared({ writes: 1, history: [oneWay, second] });
    expect(() => downcast(declaration, { place: { rack: 'R2', row: 'C' } })).toThrow('no downcast');
    expect(versionFaults(declaration)).toEqual([expect.stringContaining('needs a downcast and an example')]);
    expect(versionFaults(declared({ history: [oneWay, second] }))).toEqual([]);
  });

  it.each([1, 2, 3])('agree while %i is written', (writes) => expect(versionFaults(declared({ writes }))).toEqual([]));

  it.each<[string, Partial<EventDeclaration>, RegExp]>([
    ['a version that there is not', { writes: 4 }, /which is none of 1 to 3/],
    ['a hole in the history', { history: [second] }, /needs the older versions 1 to 2/],
    ['a way back to something else', { writes: 2, history: [first, { ...second, downcast: () => ({ rack: 1 }) }] }, /does not allow/],
    ['a way forth to something else', { writes: 2, history: [first, { ...second, upcast: () => ({}) , downcast: () => ({ rack: 'R', row: null }) }] }, /newer version does not allow/],
    ['what is lost on the way', { writes: 2, history: [first, { ...second, upcast: ({ rack }: z.infer<typeof V2>) => ({ place: { rack, row: null } }) }] }, /lost on the way forth and back/],
    ['an example that changes', { writes: 2, history: [first, { ...second, downcast: ({ place }: z.infer<typeof V3>) => ({ ...place, row: 'C' }) }] }, /does not come back as it was/],
  ])('tell of %s', (_, more, fault) => {
    expect(versionFaults(declared(more))).toContainEqual(expect.stringMatching(fault));
  });
});
