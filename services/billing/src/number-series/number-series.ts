/** Gapless numbers: the number is the version of the series' stream, so none can be missing or given twice. */
import { commandsOf, derivedId, refuse, unreachable, type Decider, type Id, type Instant } from '@pioche/kernel';
import { numberSeriesEvents, type FactOf } from '@pioche/contracts';

export type NumberSeriesEvent = FactOf<typeof numberSeriesEvents>;
export interface NumberSeries {
  readonly last: number;
}

const PREFIX = { invoice: 'PI', 'credit-note': 'CN' } as const;

/**
 * The series of a document: one per kind and year of issue, `PI-2026`
 * (numbers in unbroken order of issue, in series where the trade needs them: CGI ann. II art. 242 nonies A, I 7°).
 */
export const seriesOf = (kind: keyof typeof PREFIX, issuedAt: Instant): string => `${PREFIX[kind]}-${issuedAt.slice(0, 4)}`;

export const numberSeriesIdOf = (series: string): Id<'number_series'> => derivedId('number_series', series);

/** `PI-2026`, 1 → `PI-2026-000001`. */
export const documentNumber = (series: string, number: number): string => `${series}-${String(number).padStart(6, '0')}`;

export const numberSeries: Decider<NumberSeries, NumberSeriesEvent> = {
  name: 'number-series',
  initial: { last: 0 },
  evolve(_series, event) {
    switch (event.type) {
      case 'InvoiceNumberAssigned':
        return { last: event.data.number };
      default:
        return unreachable(event.type);
    }
  },
};

export const assignNumber = commandsOf(numberSeries).command({
  name: 'assign',
  summary: 'Give the next number of the series to a document; only together with the document itself.',
  may: 'operate-billing',
  internal: true,
  upserts: true,
  input: numberSeriesEvents.events.InvoiceNumberAssigned.data,
  decide({ last }, assigned) {
    if (assigned.number !== last + 1) refuse('number-not-next', { next: last + 1, number: assigned.number });
    return [{ type: 'InvoiceNumberAssigned', data: assigned }];
  },
});

export const numberSeriesCommands = [assignNumber] as const;
