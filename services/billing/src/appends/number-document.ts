import type { Context, Id } from '@pioche/kernel';
import { assignNumber, documentNumber, numberSeriesIdOf, seriesOf, type NumberSeries } from '../number-series/number-series.js';
import { writeTo, type Loaded, type Write } from './write.js';

/** The series that a document issued now takes its number from. */
export const seriesIdAt = (kind: 'invoice' | 'credit-note', context: Pick<Context, 'now'>): Id<'number_series'> =>
  numberSeriesIdOf(seriesOf(kind, context.now));

/**
 * The next number of a series, and the write that takes it.
 * @param series loaded from `seriesIdAt` of this kind
 */
export function nextNumber(
  kind: 'invoice' | 'credit-note',
  invoice: Id<'invoice'>,
  loaded: Loaded<NumberSeries>,
  context: Context,
): { readonly number: string; readonly write: Write } {
  const series = seriesOf(kind, context.now);
  // The number is the version this append makes: the store's lock on the stream is what keeps numbers gapless.
  const number = loaded.version + 1;
  const document_number = documentNumber(series, number);
  const events = assignNumber.decide(loaded.state, { invoice, series, number, document_number }, context);
  return { number: document_number, write: writeTo(loaded, events) };
}
