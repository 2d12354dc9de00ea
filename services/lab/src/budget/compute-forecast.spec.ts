import { NANO_PER_CENT } from '@pioche/kernel';
import { computeForecasts, payersOf, type ComputeBudget } from './compute-forecast.js';

const now = '2026-11-17T12:00:00.000Z';
const own: ComputeBudget = { budget: 'own', tenant: 't', project: 'a', amount: 1000 };
const whole: ComputeBudget = { budget: 'whole', tenant: 't', project: null, amount: 9000 };
const burnt = (day: string, cents: bigint, project: string | null = 'a') => ({ tenant: 't', project, day, nano: cents * NANO_PER_CENT });

describe('who pays for compute', () => {
  it('is the project’s own budget, or the whole lab’s when it has none', () => {
    expect(payersOf([whole, own], { tenant: 't', project: 'a' })).toEqual([own]);
    expect(payersOf([whole, own], { tenant: 't', project: 'b' })).toEqual([whole]);
    expect(payersOf([whole, own], { tenant: 'u', project: 'a' })).toEqual([]);
    const [forOwn, forWhole] = computeForecasts([own, whole], [burnt('2026-11-16', 100n), burnt('2026-11-16', 7n, 'b'), burnt('2026-11-16', 1n, null)], now);
    expect([forOwn?.burntNano, forWhole?.burntNano]).toEqual([100n * NANO_PER_CENT, 8n * NANO_PER_CENT]);
  });
});

describe('the day a compute budget is used up', () => {
  it('goes on as since the first day: 300 cents in a day and a half leave 700 for three and a half', () => {
    const [forecast] = computeForecasts([own], [burnt('2026-11-16', 200n), burnt('2026-11-17', 100n)], now);
    expect(forecast).toMatchObject({ restNano: 700n * NANO_PER_CENT, exhaustedAt: '2026-11-21T00:00:00.000Z' });
  });

  it('looks back a fortnight at most', () => {
    const [forecast] = computeForecasts([own], [burnt('2026-01-01', 865n), burnt('2026-11-10', 135n)], '2026-11-17T12:00:00.000Z');
    expect(forecast).toMatchObject({ restNano: 0n, exhaustedAt: now });
    const [later] = computeForecasts([{ ...own, amount: 2000 }], [burnt('2026-01-01', 865n), burnt('2026-11-10', 135n)], now);
    expect(later?.exhaustedAt).toBe('2027-02-25T12:00:00.000Z');
  });

  it('comes for the older of two first, and what is above both is missing in the younger', () => {
    const two = [own, { ...own, budget: 'second', amount: 500 }];
    const [first, second] = computeForecasts(two, [burnt('2026-11-16', 1200n)], now);
    expect([first?.restNano, first?.exhaustedAt]).toEqual([0n, now]);
    expect(second?.restNano).toBe(300n * NANO_PER_CENT);
    expect(second?.exhaustedAt).toBe('2026-11-17T21:00:00.000Z');
    expect(computeForecasts(two, [burnt('2026-11-16', 1600n)], now)[1]?.restNano).toBe(-100n * NANO_PER_CENT);
  });

  it('does not come where nothing is burnt', () => expect(computeForecasts([own], [], now)[0]?.exhaustedAt).toBeNull());
});
