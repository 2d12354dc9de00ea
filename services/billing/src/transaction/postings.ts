/** What each fact of billing moves in the ledger. Debits are positive, credits negative; each posting sums to zero. */
import { NANO_PER_CENT, type Money } from '@pioche/kernel';
import type { FactOf, invoiceEvents, LedgerEntry, transactionEvents, UsageSlice } from '@pioche/contracts';
import { usageIdOf } from '../usage/usage.js';
import { customerAccount } from './chart.js';

export type Posting = FactOf<typeof transactionEvents>['data'];
type InvoiceFact<T> = Extract<FactOf<typeof invoiceEvents>, { type: T }>['data'];

const nanoOf = ({ amount }: Money): bigint => BigInt(amount) * NANO_PER_CENT;

/** Entries of what moves; an entry of nothing is left out. */
const entries = (moves: Readonly<Record<string, bigint>>): LedgerEntry[] =>
  Object.entries(moves)
    .filter(([, nano]) => nano !== 0n)
    .map(([account, nano]) => ({ account, amount_nano: nano.toString() }));

/** A rated slice: what the customer will owe, earned but not yet invoiced. */
export const usagePosting = (slice: UsageSlice): Posting => ({
  cause: `${usageIdOf(slice.allocation)}/${slice.slice}`,
  kind: 'usage',
  at: slice.to,
  entries: entries({
    [customerAccount('unbilled', slice.account)]: BigInt(slice.amount_nano),
    revenue_unbilled: -BigInt(slice.amount_nano),
  }),
});

function invoiceMoves({ account, exact_nano, net, vat, gross }: Pick<InvoiceFact<'CreditNoteIssued'>, 'account' | 'exact_nano' | 'net' | 'vat' | 'gross'>, sign: bigint) {
  const exact = BigInt(exact_nano);
  return entries({
    [customerAccount('receivable', account)]: sign * nanoOf(gross),
    vat_collected: -sign * nanoOf(vat),
    [customerAccount('unbilled', account)]: -sign * exact,
    revenue_unbilled: sign * exact,
    revenue: -sign * exact,
    rounding: -sign * (nanoOf(net) - exact),
  });
}

/** A final invoice: what was unbilled is owed, with VAT; what rounding added or took is told apart. */
export const invoicePosting = (invoice: string, final: InvoiceFact<'InvoiceFinalised'>): Posting => ({
  cause: `${invoice}/final`,
  kind: 'invoice',
  at: final.issued_at,
  entries: invoiceMoves(final, 1n),
});

/** A credit note: the invoice's posting, reversed; the usage is unbilled again. */
export const creditNotePosting = (invoice: string, note: InvoiceFact<'CreditNoteIssued'>): Posting => ({
  cause: `${invoice}/credited`,
  kind: 'credit-note',
  at: note.issued_at,
  entries: invoiceMoves(note, -1n),
});

/** A payment: for the reaction on `InvoicePaid`, with the command `post`. */
export const paymentPosting = (invoice: string, paid: InvoiceFact<'InvoicePaid'>): Posting => ({
  cause: `${invoice}/paid`,
  kind: 'payment',
  at: paid.paid_at,
  entries: entries({ bank: nanoOf(paid.amount), [customerAccount('receivable', paid.account)]: -nanoOf(paid.amount) }),
});

/** What each ledger account holds after these postings, in nano-euro. */
export function balances(postings: Iterable<Pick<Posting, 'entries'>>): Map<string, bigint> {
  const held = new Map<string, bigint>();
  for (const { entries } of postings) {
    for (const { account, amount_nano } of entries) held.set(account, (held.get(account) ?? 0n) + BigInt(amount_nano));
  }
  return held;
}
