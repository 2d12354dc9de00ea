import { isDeepStrictEqual } from 'node:util';
import { DocumentNumber, InvoiceContent } from '@pioche/contracts';
import { commandsOf, follow, Instant, Money, plusSeconds, refuse } from '@pioche/kernel';
import { z } from 'zod';
import { spanOf } from '../calendar.js';
import { INVOICE_LIFE, invoice, type Invoice } from './invoice.js';

const { command } = commandsOf(invoice);
const DAY_S = 86_400;

/** The final content, for what is only possible then. */
function finalContent(state: Invoice, doing: 'pay' | 'credit') {
  follow(INVOICE_LIFE, state.status, doing);
  return state.status === 'unknown' || state.status === 'draft' ? refuse('transition-not-allowed') : state.content;
}

export const draft = command({
  name: 'draft',
  summary: 'Say what the period costs as known now, in place of an earlier draft.',
  may: 'operate-billing',
  internal: true,
  upserts: true,
  input: InvoiceContent,
  decide(state, content) {
    follow(INVOICE_LIFE, state.status, 'draft');
    if (state.status === 'draft' && isDeepStrictEqual(state.content, content)) return [];
    return [{ type: 'InvoiceDrafted', data: content }];
  },
});

/** Never alone: with its number and its posting, in one append (appends/finalise-invoice.ts). */
export const finalise = command({
  name: 'finalise',
  summary: 'Make the draft final under this number.',
  may: 'operate-billing',
  internal: true,
  input: z.object({ number: DocumentNumber, due_days: z.int().nonnegative().default(30) }),
  decide(state, { number, due_days }, { now }) {
    follow(INVOICE_LIFE, state.status, 'finalise');
    if (state.status !== 'draft') return refuse('transition-not-allowed');
    const { period, gross } = state.content;
    const { to: ends } = spanOf(period);
    if (now < ends) refuse('period-not-over', { period, ends });
    if (gross.amount === 0) refuse('nothing-to-invoice', { period });
    const due_at = plusSeconds(now, due_days * DAY_S);
    return [{ type: 'InvoiceFinalised', data: { ...state.content, number, issued_at: now, due_at } }];
  },
});

export const pay = command({
  name: 'pay',
  summary: 'Record that the whole gross amount has arrived.',
  may: 'operate-billing',
  input: z.object({ amount: Money, paid_at: Instant, reference: z.string().min(1) }),
  decide(state, { amount, paid_at, reference }, { now }) {
    const { number, account, gross } = finalContent(state, 'pay');
    if (amount.amount !== gross.amount) refuse('payment-not-the-gross', { gross, amount });
    if (paid_at > now) refuse('payment-in-the-future', { paid_at, now });
    return [{ type: 'InvoicePaid', data: { number, account, amount, paid_at, reference } }];
  },
});

/** Never alone: with its number and its posting, in one append (appends/credit-invoice.ts). */
export const credit = command({
  name: 'credit',
  summary: 'Take a final invoice back in full by a credit note under this number.',
  may: 'operate-billing',
  internal: true,
  input: z.object({ number: DocumentNumber, reason: z.string().min(1) }),
  decide(state, { number, reason }, { now }) {
    const { number: invoice_number, account, tenant, period, exact_nano, net, vat, gross } = finalContent(state, 'credit');
    return [
      {
        type: 'CreditNoteIssued',
        data: { number, invoice_number, account, tenant, period, reason, exact_nano, net, vat, gross, issued_at: now },
      },
    ];
  },
});

export const invoiceCommands = [draft, finalise, pay, credit] as const;
