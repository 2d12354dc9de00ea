import { Injectable } from '@nestjs/common';
import { invoiceEvents, type ContextName, type RecordedOf } from '@pioche/contracts';
import type { Delivery, EventHandler } from '@pioche/event-bus';
import { AggregateStore, EventStore } from '@pioche/event-store';
import type { Instant } from '@pioche/kernel';
import { formatPosition, ReadModels } from '@pioche/projections';
import { tellOf, type Tell } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { recordActual } from '../budget/budget.commands.js';
import { payersOf } from '../budget/compute-forecast.js';
import { budgetView } from '../read-models/budget-view/budget-view.js';
import { computeBudgets } from '../read-models/budget-view/compute-budgets.js';
import { invoiceNumbered } from '../read-models/burn/invoiced.js';

type InvoiceEvent = RecordedOf<typeof invoiceEvents>;

/** What an invoice or a credit note says, as far as budgets are concerned. */
interface Document {
  readonly tenant: string;
  /** Of the invoice, also for its credit note. */
  readonly issuedAt: Instant;
  readonly number: string;
  readonly at: Instant;
  /** Amounts in cents. */
  readonly lines: readonly { readonly line: number; readonly project: string | null; readonly amount: number }[];
}

const WAIT_MS = 10_000;

/**
 * Each line is an actual of the oldest compute budget that pays for its project. Only budgets that were open when the
 * invoice was issued count, so that a redelivery and the credit note find the same ones. It is a handler, not a
 * reaction, for it waits until the read model knows every budget: one that is missed would never get the actual.
 */
@Injectable()
export class RecordInvoiceOnComputeBudgets implements EventHandler {
  readonly name = 'record-invoice-on-compute-budgets';
  readonly sources: readonly ContextName[] = ['billing'];
  readonly wants = new Set<InvoiceEvent['type']>(['InvoiceFinalised', 'CreditNoteIssued']);

  constructor(
    private readonly db: DataSource,
    private readonly store: EventStore,
    private readonly aggregates: AggregateStore,
    private readonly readModels: ReadModels,
  ) {}

  async handle(batch: readonly Pick<Delivery, 'event'>[]): Promise<void> {
    await this.readModels.waitFor(formatPosition({ source: 'lab', position: await this.store.head() }), WAIT_MS, budgetView.name);
    for (const { event } of batch) {
      const document = await this.documentOf(event as InvoiceEvent);
      if (document === undefined) continue;
      const { id, time: now, correlationId } = event;
      await this.record(document, tellOf(this.aggregates, { key: [this.name, id], actor: `reaction:${this.name}`, now, correlationId, causationId: id }));
    }
  }

  private async documentOf({ type, data }: InvoiceEvent): Promise<Document | undefined> {
    if (type === 'InvoiceFinalised') {
      const { tenant, number, issued_at: at } = data;
      return { tenant, issuedAt: at, number, at, lines: data.lines.map(({ line, project = null, net }) => ({ line, project, amount: net.amount })) };
    }
    if (type !== 'CreditNoteIssued') return undefined;
    const { tenant, number, issued_at: at } = data;
    // It stands before its credit note in the log: its read model has it soon, and this is tried again.
    const credited = await invoiceNumbered(this.db, data.invoice_number);
    if (credited === undefined) throw new Error(`invoice ${data.invoice_number} has not arrived yet`);
    return { tenant, issuedAt: credited.invoice.issued_at, number, at, lines: credited.lines.map(({ line, project, cents }) => ({ line, project, amount: -Number(cents) })) };
  }

  private async record({ tenant, issuedAt, number, at, lines }: Document, tell: Tell): Promise<void> {
    const budgets = (await computeBudgets(this.db, { tenant })).filter(({ opened_at }) => opened_at <= issuedAt);
    for (const { line, project, amount } of lines) {
      const [payer] = payersOf(budgets, { tenant, project });
      if (payer !== undefined) await tell(recordActual, payer.budget, { amount, at, cause: `${number}/${line}` }, { nth: line });
    }
  }
}
