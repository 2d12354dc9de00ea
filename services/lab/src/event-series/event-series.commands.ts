import { eventSeriesEvents } from '@pioche/contracts';
import { commandsOf, refuse } from '@pioche/kernel';
import { OWNER_OPTIONAL, ownerOf } from '../owner.js';
import { eventSeries } from './event-series.js';
import { isOccurrence, nextOccurrences, parseRule } from './occurrences.js';

const { command } = commandsOf(eventSeries);
const { EventSeriesPlanned, EventOccurrenceChanged } = eventSeriesEvents.events;

function checkRule({ rrule, starts }: { readonly rrule: string; readonly starts: string }): void {
  try {
    parseRule(rrule, starts);
  } catch (error) {
    refuse('rule-not-understood', { rrule, why: error instanceof Error ? error.message : String(error) });
  }
}

export const planSeries = command({
  name: 'plan',
  summary: 'Plan a recurring event by a recurrence rule, with a place and a budget for each time.',
  may: 'manage-lab',
  creates: true,
  input: EventSeriesPlanned.data.partial(OWNER_OPTIONAL),
  decide(state, data, context) {
    if (state.status === 'planned') refuse('already-exists', { event_series: context.id });
    checkRule(data);
    return [{ type: 'EventSeriesPlanned', data: { ...data, tenant: ownerOf(data.tenant, context) } }];
  },
});

export const replanSeries = command({
  name: 'replan',
  summary: 'Change the rule, place or budget of the times to come.',
  may: 'manage-lab',
  input: EventSeriesPlanned.data.omit({ tenant: true }),
  decide(state, data) {
    if (state.status === 'unknown') return refuse('unknown');
    checkRule(data);
    return [{ type: 'EventSeriesPlanned', data: { tenant: state.tenant, ...data } }];
  },
});

export const changeOccurrence = command({
  name: 'changeOccurrence',
  summary: 'Give one day of the series another place or budget, or cancel it.',
  may: 'manage-lab',
  input: EventOccurrenceChanged.data,
  decide(state, data) {
    if (state.status === 'unknown') return refuse('unknown');
    if (!isOccurrence(state, data.date)) {
      refuse('not-an-occurrence', { date: data.date, next: nextOccurrences(state, data.date, 3).map(({ date }) => date) });
    }
    return [{ type: 'EventOccurrenceChanged', data }];
  },
});

export const eventSeriesCommands = [planSeries, replanSeries, changeOccurrence] as const;
