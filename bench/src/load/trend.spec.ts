import { secondHalf, slope } from './trend.js';

const line = (from: number, to: number, of: (at: number) => number) => Array.from({ length: to - from }, (_, n) => ({ at: from + n, value: of(from + n) }));

it('finds how much a figure grows by the second', () => {
  expect(slope(line(0, 60, (at) => 7 + 3 * at))).toBeCloseTo(3);
  expect(slope(line(0, 60, () => 7))).toBeCloseTo(0);
  expect(slope(line(0, 100, (at) => (at % 2 === 0 ? 100 : 0)))).toBeCloseTo(0, 1); // a heap that comes and goes
  expect(slope([{ at: 1, value: 5 }])).toBe(0);
});

it('leaves out the first half, by time', () => {
  expect(secondHalf(line(10, 21, (at) => at)).map(({ at }) => at)).toEqual([15, 16, 17, 18, 19, 20]);
});
