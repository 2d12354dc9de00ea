import type { Context, Id } from '@pioche/kernel';
import type { Invoice } from '../invoice/invoice.js';
import { finalise } from '../invoice/invoice.commands.js';
import type { NumberSeries } from '../number-series/number-series.js';
import { invoicePosting } from '../transaction/postings.js';
import { nextNumber } from './number-document.js';
import { writePosting, writeTo, type Loaded, type Write } from './write.js';

/**
 * A draft made final: the invoice, its number and its posting, in one append at exact versions. Killed before the
 * append nothing has happened; a conflict means: load both again and decide again.
 * @param loaded the invoice, and the series of `seriesIdAt('invoice', context)`
 * @param dueDays days from issue to due date
 * @throws Refusal `transition-not-allowed`, `period-not-over`, `nothing-to-invoice`
 */
export function finaliseInvoice(
  loaded: { readonly invoice: Loaded<Invoice> & { readonly id: Id<'invoice'> }; readonly series: Loaded<NumberSeries> },
  context: Context,
  dueDays = 30,
): Write[] {
  const { invoice, series } = loaded;
  const { number, write } = nextNumber('invoice', invoice.id, series, context);
  const events = finalise.decide(invoice.state, { number, due_days: dueDays }, context);
  const postings = events.filter((event) => event.type === 'InvoiceFinalised').map(({ data }) => invoicePosting(invoice.id, data));
  return [writeTo(invoice, events), write, ...postings.map(writePosting)];
}
