import type { Context, Id } from '@pioche/kernel';
import type { Invoice } from '../invoice/invoice.js';
import { credit } from '../invoice/invoice.commands.js';
import type { NumberSeries } from '../number-series/number-series.js';
import { creditNotePosting } from '../transaction/postings.js';
import { nextNumber } from './number-document.js';
import { writePosting, writeTo, type Loaded, type Write } from './write.js';

/**
 * A final invoice taken back in full: the credit note, its number and its posting, in one append at exact versions.
 * The period may then be invoiced again, as the next revision of its invoice id.
 * @param loaded the invoice, and the series of `seriesIdAt('credit-note', context)`
 * @throws Refusal `transition-not-allowed`
 */
export function creditInvoice(
  loaded: { readonly invoice: Loaded<Invoice> & { readonly id: Id<'invoice'> }; readonly series: Loaded<NumberSeries> },
  reason: string,
  context: Context,
): Write[] {
  const { invoice, series } = loaded;
  const { number, write } = nextNumber('credit-note', invoice.id, series, context);
  const events = credit.decide(invoice.state, { number, reason }, context);
  const postings = events.filter((event) => event.type === 'CreditNoteIssued').map(({ data }) => creditNotePosting(invoice.id, data));
  return [writeTo(invoice, events), write, ...postings.map(writePosting)];
}
