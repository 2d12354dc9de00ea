import fc from 'fast-check';
import { GPU, linearValue, valueOf } from './value.js';

const shares = fc.uniqueArray(fc.record({ milli: fc.integer({ min: 10, max: 990 }), count: fc.integer({ min: 1, max: 3000 }) }), { selector: ({ milli }) => Math.ceil(milli / 10), minLength: 1, maxLength: 22 });

describe('the value of a GPU by what is free of it', () => {
  it('is that of a whole GPU when all is free, and of nothing when nothing fits', () => {
    const value = valueOf([{ milli: 300, count: 100 }, { milli: 700, count: 100 }]);
    expect([value[1000], value[0], value[299]]).toEqual([GPU, 0, 0]);
  });

  it('is what the cutting patterns pay: of 600 and 400 in equal numbers the two together are worth a GPU', () => {
    const value = valueOf([{ milli: 600, count: 10_000 }, { milli: 400, count: 10_000 }]);
    expect(value[600]! + value[400]!).toBe(GPU);
    // More small ones than large ones: the large ones are worth what keeps them from going alone.
    const many = valueOf([{ milli: 600, count: 1000 }, { milli: 400, count: 10_000 }]);
    expect([many[400], many[600]]).toEqual([GPU / 2, GPU / 2]);
  });

  it('is flat between what fits', () => {
    const value = valueOf([{ milli: 470, count: 750 }, { milli: 810, count: 1000 }]);
    for (const [from, to] of [[0, 469], [470, 809], [940, 1000]] as const) for (let milli = from; milli <= to; milli++) expect(value[milli]).toBe(value[from]);
  });

  it('never falls, and what is in one piece is worth at least its parts', () => {
    fc.assert(
      fc.property(shares, (demand) => {
        const value = valueOf(demand);
        for (let milli = 1; milli <= 1000; milli++) expect(value[milli]).toBeGreaterThanOrEqual(value[milli - 1]!);
        // Each V is rounded.
        for (let a = 0; a <= 1000; a += 10) for (let b = a; a + b <= 1000; b += 10) expect(value[a + b]! + 2).toBeGreaterThanOrEqual(value[a]! + value[b]!);
      }),
      { numRuns: 25 },
    );
  });

  it('is the same in every process', () => {
    const demand = [{ milli: 470, count: 750 }, { milli: 810, count: 1078 }, { milli: 320, count: 328 }];
    expect(valueOf(demand)).toEqual(valueOf([...demand].reverse()));
  });

  it('is what there is while nothing is known', () => expect([linearValue()[0], linearValue()[250], linearValue()[1000]]).toEqual([0, 180_000, 720_000]));
});
