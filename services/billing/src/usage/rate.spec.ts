import { epochMs, instant, sum } from '@pioche/kernel';
import fc from 'fast-check';
import { H100, metered, prices } from '../../test/fixtures.js';
import { NOTHING, rate, takeBack, type Rated, type Total } from './rate.js';

const after = (before: Total, rated: readonly Rated[]): Total =>
  rated.reduce(({ micro, product }, slice) => ({ micro: micro + slice.micro, product: product + slice.micro * slice.nanoPerGpuSecond }), before);
const totals = (rated: readonly Rated[]) => ({
  micro: sum(rated.map(({ micro }) => micro)),
  milli: sum(rated.map(({ milli }) => milli)),
  nano: sum(rated.map(({ nano }) => nano)),
});

const start = epochMs('2026-11-15T00:00:00.000Z');
const moment = fc.integer({ min: 0, max: 5 * 86_400_000 }).map((ms) => instant(start + ms));
const gpus = fc.record({ gpu_model: fc.constant(H100), gpu_milli: fc.integer({ min: 1, max: 64_000 }) });

describe('rating', () => {
  it('is GPU time by price, exactly', () =>
    expect(rate(metered, { from: '2026-11-01T10:00:00.000Z', to: '2026-11-01T11:00:00.000Z' }, prices)).toEqual([
      expect.objectContaining({ version: 1, micro: 28_800_000_000n, milli: 28_800_000n, nano: 23_040_000_000n }),
    ]));

  it('cuts at midnight in UTC and where the price changes', () => {
    const slices = rate(metered, { from: '2026-11-16T22:00:00.000Z', to: '2026-11-18T02:00:00.000Z' }, prices);
    expect(slices.map(({ from, version }) => [from, version])).toEqual([
      ['2026-11-16T22:00:00.000Z', 1],
      ['2026-11-17T00:00:00.000Z', 1],
      ['2026-11-17T12:34:56.789Z', 2],
      ['2026-11-18T00:00:00.000Z', 2],
    ]);
  });

  it('sums to the same, however it is cut', () =>
    fc.assert(
      fc.property(gpus, fc.array(moment, { minLength: 2, maxLength: 12 }), (gpus, moments) => {
        const [from = '', ...cuts] = [...moments].sort();
        const to = cuts.at(-1) ?? from;
        const whole = rate(gpus, { from, to }, prices);
        let total = NOTHING;
        let last = from;
        const pieces = cuts.flatMap((cut) => {
          const slices = rate(gpus, { from: last, to: cut }, prices, total);
          total = after(total, slices);
          last = cut;
          return slices;
        });
        expect(totals(pieces)).toEqual(totals(whole));
        expect(totals(whole).micro).toBe(BigInt(gpus.gpu_milli) * BigInt(epochMs(to) - epochMs(from)));
      }),
    ));

  it('takes back what was rated too far, to the nano-euro', () =>
    fc.assert(
      fc.property(gpus, fc.tuple(moment, moment, moment), (gpus, moments) => {
        const [from = '', end = '', to = ''] = [...moments].sort();
        const tooFar = rate(gpus, { from, to }, prices);
        const back = takeBack(gpus.gpu_milli, tooFar, end, after(NOTHING, tooFar));
        expect(totals([...tooFar, ...back])).toEqual(totals(rate(gpus, { from, to: end }, prices)));
      }),
    ));
});
