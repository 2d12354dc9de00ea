import { exhaustionOf } from './forecast.js';

const now = '2026-11-17T00:00:00.000Z';
const used = [
  { at: '2026-11-10T00:00:00.000Z', amount: 300n },
  { at: '2026-11-16T00:00:00.000Z', amount: 400n },
  { at: '2026-01-01T00:00:00.000Z', amount: 1_000_000n },
];

describe('the day a budget is used up', () => {
  it('goes on as in the window: 700 in 14 days leaves 1,000 for 20 days', () =>
    expect(exhaustionOf({ rest: 1000n, used, now, windowDays: 14 })).toBe('2026-12-07T00:00:00.000Z'));
  it('is now when nothing is left', () => expect(exhaustionOf({ rest: 0n, used, now, windowDays: 14 })).toBe(now));
  it('never comes when nothing is used, or more came back', () => {
    expect(exhaustionOf({ rest: 1n, used: [], now, windowDays: 14 })).toBeNull();
    expect(exhaustionOf({ rest: 1n, used: [{ at: now, amount: -1n }], now, windowDays: 14 })).toBeNull();
  });
  it('never comes when it would last for thousands of years', () =>
    expect(exhaustionOf({ rest: 10n ** 30n, used, now, windowDays: 14 })).toBeNull());
});
