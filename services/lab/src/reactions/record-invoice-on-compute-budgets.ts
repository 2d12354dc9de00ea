import { invoiceEvents } from '@pioche/contracts';
import type { Instant } from '@pioche/kernel';
import { reaction, type ReactionTools } from '@pioche/service-kit';
import { recordActual } from '../budget/budget.commands.js';
import { payersOf } from '../budget/compute-forecast.js';
import { computeBudgets } from '../read-models/budget-view/compute-budgets.js';
import { invoiceNumbered } from '../read-models/burn/invoiced.js';

interface Line {
  readonly line: number;
  readonly project: string | null;
  /** Cents. */
  readonly amount: number;
}
interface Document {
  readonly tenant: string;
  /** Of the invoice, also for its credit note. */
  readonly issuedAt: Instant;
  readonly number: string;
  readonly at: Instant;
  readonly lines: readonly Line[];
}

/**
 * Each line is an actual of the oldest compute budget that pays for its project. Only budgets that were open when the
 * invoice was issued count, so that a redelivery and the credit note find the same ones.
 */
async function record({ tenant, issuedAt, number, at, lines }: Document, { ask, tell }: ReactionTools): Promise<void> {
  const budgets = (await ask(computeBudgets, { tenant })).filter(({ opened_at }) => opened_at <= issuedAt);
  for (const { line, project, amount } of lines) {
    const [payer] = payersOf(budgets, { tenant, project });
    if (payer !== undefined) await tell(recordActual, payer.budget, { amount, at, cause: `${number}/${line}` }, { nth: line });
  }
}

export const recordInvoiceOnComputeBudgets = reaction(invoiceEvents, ['InvoiceFinalised', 'CreditNoteIssued'], async (event, tools) => {
  if (event.type === 'InvoiceFinalised') {
    const { tenant, number, issued_at: at, lines } = event.data;
    const said = lines.map(({ line, project = null, net }) => ({ line, project, amount: net.amount }));
    return record({ tenant, issuedAt: at, number, at, lines: said }, tools);
  }
  const { tenant, number, invoice_number, issued_at: at } = event.data;
  const credited = await tools.ask(invoiceNumbered, invoice_number);
  // It stands before its credit note in the log: the read model has it soon, and this is tried again.
  if (credited === undefined) throw new Error(`invoice ${invoice_number} has not arrived yet`);
  const said = credited.lines.map(({ line, project, cents }) => ({ line, project, amount: -Number(cents) }));
  return record({ tenant, issuedAt: credited.invoice.issued_at, number, at, lines: said }, tools);
}, 'record-invoice-on-compute-budgets');
