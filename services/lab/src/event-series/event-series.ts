import { unreachable, type Decider, type Id } from '@pioche/kernel';
import type { eventSeriesEvents, FactOf } from '@pioche/contracts';
import type { Series } from './occurrences.js';

export type EventSeriesEvent = FactOf<typeof eventSeriesEvents>;
export type EventSeries = { readonly status: 'unknown' } | ({ readonly status: 'planned'; readonly tenant: Id<'tenant'>; readonly name: string } & Series);

export const eventSeries: Decider<EventSeries, EventSeriesEvent> = {
  name: 'event-series',
  initial: { status: 'unknown' },
  tenantOf: (state) => (state.status === 'unknown' ? undefined : state.tenant),
  evolve(state, event) {
    switch (event.type) {
      case 'EventSeriesPlanned':
        return { status: 'planned', ...event.data, changes: state.status === 'unknown' ? {} : state.changes };
      case 'EventOccurrenceChanged': {
        if (state.status === 'unknown') return state;
        const { date, ...change } = event.data;
        return { ...state, changes: { ...state.changes, [date]: change } };
      }
      default:
        return unreachable(event);
    }
  },
};
