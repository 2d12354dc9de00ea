/** The days of a series, by its RFC 5545 rule. Days only, in the place's own time: no time zone can move one. */
import type { eventSeriesEvents, FactOf } from '@pioche/contracts';
// oxlint-disable-next-line import/default -- Node takes its CommonJS build, whose default this is
import rrule from 'rrule';

export interface Occurrence {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly place: string;
  /** Cents. */
  readonly budget: number;
}

type EventOf<T> = Extract<FactOf<typeof eventSeriesEvents>, { type: T }>['data'];

export interface Series extends Readonly<Pick<EventOf<'EventSeriesPlanned'>, 'rrule' | 'starts' | 'place' | 'budget'>> {
  /** By day, what is different on it. */
  readonly changes: Readonly<Record<string, Omit<EventOf<'EventOccurrenceChanged'>, 'date'>>>;
}

const midnight = (day: string): Date => new Date(`${day}T00:00:00.000Z`);
const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

/** @throws Error when the rule is not one of RFC 5545, or names its own start */
export function parseRule(rule: string, starts: string) {
  if (/DTSTART/i.test(rule)) throw new Error('the rule names DTSTART');
  const options = rrule.RRule.parseString(rule);
  if (options.freq === undefined) throw new Error('the rule has no FREQ');
  return new rrule.RRule({ ...options, dtstart: midnight(starts) });
}

/** Whether the series takes place on this day, by its rule. */
export const isOccurrence = ({ rrule, starts }: Pick<Series, 'rrule' | 'starts'>, day: string): boolean =>
  parseRule(rrule, starts).between(midnight(day), midnight(day), true).length > 0;

/**
 * The next days on or after `from`, each with its place and budget; cancelled ones are left out.
 * @param from YYYY-MM-DD
 * @returns `count` of them, fewer where the rule ends
 */
export function nextOccurrences(series: Series, from: string, count: number): Occurrence[] {
  const rule = parseRule(series.rrule, series.starts);
  const found: Occurrence[] = [];
  for (let date = rule.after(midnight(from), true); date && found.length < count; date = rule.after(date)) {
    const { cancelled, place = series.place, budget = series.budget } = series.changes[dayOf(date)] ?? {};
    if (!cancelled) found.push({ date: dayOf(date), place, budget });
  }
  return found;
}
