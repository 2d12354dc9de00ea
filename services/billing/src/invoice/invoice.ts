import { derivedId, unreachable, type Decider, type Id } from '@pioche/kernel';
import type { FactOf, InvoiceContent, invoiceEvents, Period } from '@pioche/contracts';

/** Status → what may be done → status. A final invoice is only taken back by a credit note. */
export const INVOICE_LIFE = {
  unknown: { draft: 'draft' },
  draft: { draft: 'draft', finalise: 'final' },
  final: { pay: 'paid', credit: 'credited' },
  paid: { credit: 'credited' },
  credited: {},
} as const;

export type InvoiceEvent = FactOf<typeof invoiceEvents>;
type Finalised = Extract<InvoiceEvent, { type: 'InvoiceFinalised' }>['data'];

export type Invoice =
  | { readonly status: 'unknown' }
  | { readonly status: 'draft'; readonly content: InvoiceContent }
  | { readonly status: 'final' | 'paid' | 'credited'; readonly content: Finalised };

/**
 * The invoice of an account for a period.
 * @param revision 1; one more for each that a credit note has taken back
 */
export const invoiceIdOf = (account: string, period: Period, revision = 1): Id<'invoice'> =>
  derivedId('invoice', account, period, String(revision));

export const invoice: Decider<Invoice, InvoiceEvent> = {
  name: 'invoice',
  initial: { status: 'unknown' },
  tenantOf: (state) => (state.status === 'unknown' ? undefined : state.content.tenant),
  evolve(state, event) {
    switch (event.type) {
      case 'InvoiceDrafted':
        return { status: 'draft', content: event.data };
      case 'InvoiceFinalised':
        return { status: 'final', content: event.data };
      case 'InvoicePaid':
        return withStatus(state, 'paid');
      case 'CreditNoteIssued':
        return withStatus(state, 'credited');
      default:
        return unreachable(event);
    }
  },
};

const withStatus = (state: Invoice, status: 'paid' | 'credited'): Invoice =>
  state.status === 'unknown' || state.status === 'draft' ? state : { ...state, status };
