import { given } from '@pioche/testing';
import { changeOccurrence, planSeries, replanSeries } from './event-series.commands.js';
import { eventSeries, type EventSeriesEvent } from './event-series.js';
import { nextOccurrences } from './occurrences.js';

const conference = {
  tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41' as const,
  name: 'Pioche conference',
  rrule: 'FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=17',
  starts: '2025-11-17',
  place: 'Station F, Paris',
  budget: 25_000_000,
};
const { tenant: _tenant, ...rest } = conference;
const planned: EventSeriesEvent = { type: 'EventSeriesPlanned', data: conference };

function upcoming(history: readonly EventSeriesEvent[], from: string, count: number) {
  const state = given(eventSeries, history).state();
  return state.status === 'planned' ? nextOccurrences(state, from, count) : [];
}

describe('a series of events', () => {
  it('takes place on each 17 November, with a place and a budget each', () =>
    expect(upcoming([planned], '2026-11-17', 3)).toEqual([
      { date: '2026-11-17', place: 'Station F, Paris', budget: 25_000_000 },
      { date: '2027-11-17', place: 'Station F, Paris', budget: 25_000_000 },
      { date: '2028-11-17', place: 'Station F, Paris', budget: 25_000_000 },
    ]));

  it('counts from the day after too', () => expect(upcoming([planned], '2026-11-18', 1)).toMatchObject([{ date: '2027-11-17' }]));

  it('ends where its rule does', () =>
    expect(upcoming([{ type: 'EventSeriesPlanned', data: { ...conference, rrule: `${conference.rrule};COUNT=2` } }], '2026-01-01', 5)).toHaveLength(1));

  it('may differ on one day, or leave it out', () => {
    const moved = given(eventSeries, [planned]).when(changeOccurrence, { date: '2026-11-17', place: 'Grenoble' }).events();
    const cancelled = given(eventSeries, [planned]).when(changeOccurrence, { date: '2027-11-17', cancelled: true }).events();
    expect(upcoming([planned, ...moved, ...cancelled], '2026-01-01', 2)).toEqual([
      { date: '2026-11-17', place: 'Grenoble', budget: 25_000_000 },
      { date: '2028-11-17', place: 'Station F, Paris', budget: 25_000_000 },
    ]);
    given(eventSeries, [planned]).when(changeOccurrence, { date: '2026-11-18', cancelled: true }).refuses('not-an-occurrence', {
      next: ['2027-11-17', '2028-11-17', '2029-11-17'],
    });
  });

  it('is refused with a rule that is none', () => {
    given(eventSeries).when(planSeries, conference).then(planned);
    given(eventSeries).when(planSeries, { ...conference, rrule: 'every year' }).refuses('rule-not-understood');
    given(eventSeries, [planned]).when(replanSeries, { ...rest, rrule: 'DTSTART=20250101;FREQ=DAILY' }).refuses('rule-not-understood');
  });
});
