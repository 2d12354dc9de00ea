import { dueBetween, timer } from './timer.js';

const nothing = async () => {};

describe('a timer', () => {
  it('runs each day that has begun, one by one', () => {
    const daily = timer('daily', { every: 'day' }, nothing);
    expect(dueBetween(daily, '2026-02-27T00:00:00.000Z', '2026-03-02T09:30:00.000Z')).toEqual([
      '2026-02-28T00:00:00.000Z', '2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z',
    ]);
    expect(dueBetween(daily, '2026-03-02T00:00:00.000Z', '2026-03-02T23:59:59.999Z')).toEqual([]);
  });

  it('with a shorter interval runs once, however late', () => {
    const often = timer('often', { every: 30 }, nothing);
    expect(dueBetween(often, '2026-03-02T00:00:00.000Z', '2026-03-02T00:10:07.000Z')).toEqual(['2026-03-02T00:10:00.000Z']);
    expect(dueBetween(often, '2026-03-02T00:10:00.000Z', '2026-03-02T00:10:29.999Z')).toEqual([]);
  });
});
