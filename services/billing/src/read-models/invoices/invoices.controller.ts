import { Controller } from '@nestjs/common';
import { AccountId, InvoiceContent, invoiceLineKey, Period } from '@pioche/contracts';
import { eur, idOf, Instant, Money, refuse } from '@pioche/kernel';
import { equal, ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked, type Caller } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { explain } from '../../invoice/explain.js';
import { slicesOf, usageTotals } from '../usage/usage-totals.js';
import { InvoiceRow, invoiceView } from './invoice-view.js';
import { ExplanationAnswer } from './explanation.js';

const Filter = z.object({ ...pageQuery, period: Period.optional(), account: AccountId.optional(), status: z.enum(['draft', 'final', 'paid', 'credited']).optional() });
const ById = z.object({ id: idOf('invoice') });
const ByLine = ById.extend({ line: z.coerce.number().int().positive() });

const Summary = z.object({
  invoice: z.string(),
  account: z.string(),
  tenant: z.string(),
  period: Period,
  status: z.enum(['draft', 'final', 'paid', 'credited']),
  overdue: z.boolean(),
  number: z.string().optional(),
  issued_at: Instant.optional(),
  due_at: Instant.optional(),
  paid_at: Instant.optional(),
  credit_note: z.object({ number: z.string(), reason: z.string(), issued_at: Instant }).optional(),
  net: Money,
  vat: Money,
  gross: Money,
});
const Whole = Summary.extend(InvoiceContent.shape);

@Controller()
export class InvoicesController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/invoices', summary: 'Invoices, without their lines.', may: 'read-billing', query: Filter, returns: pageOf(Summary), from: [invoiceView] })
  async list({ query, caller, now }: Asked<undefined, typeof Filter>) {
    const { items, ...rest } = await pageOfRows(this.db.getRepository(InvoiceRow), 'invoice', query, equal({ period: query.period, account: query.account, status: query.status }), caller.tenantFilter);
    return { items: items.map((row) => summaryOf(row, now)), ...rest };
  }

  @Query({ path: '/invoices/{id}', summary: 'One invoice, with its lines.', may: 'read-billing', params: ById, returns: Whole, from: [invoiceView] })
  async show({ params, caller, now }: Asked<typeof ById>) {
    const row = await this.row(params.id, caller);
    return { ...summaryOf(row, now), ...row.content };
  }

  @Query({ path: '/invoices/{id}/lines/{line}/explain', summary: 'Why a line is what it is: events, price versions, rounding.', may: 'read-billing', params: ByLine, returns: ExplanationAnswer, from: [invoiceView, usageTotals] })
  async explain({ params, caller }: Asked<typeof ByLine>) {
    const { content } = await this.row(params.id, caller);
    const line = content.lines.find((one) => one.line === params.line) ?? refuse('unknown', { invoice: params.id, line: params.line });
    const { account, period } = content;
    const slices = await slicesOf(this.db, { account, period, line: invoiceLineKey(line) });
    const { slices: explained, ...rest } = explain(line, period, slices.map(({ event, slice }) => ({ id: event, data: slice })));
    return { ...rest, slices: explained.map(({ causes, ...slice }) => ({ ...slice, causes: [...causes] })) };
  }

  private async row(invoice: string, caller: Caller): Promise<InvoiceRow> {
    return ownRow(await this.db.getRepository(InvoiceRow).findOneBy({ invoice }), caller, { invoice });
  }
}

const summaryOf = (row: InvoiceRow, now: Instant): z.input<typeof Summary> => ({
  invoice: row.invoice,
  account: row.account,
  tenant: row.tenant,
  period: row.period,
  status: row.status,
  overdue: row.status === 'final' && row.due_at !== null && row.due_at < now,
  ...(row.number === null ? {} : { number: row.number }),
  ...(row.issued_at === null ? {} : { issued_at: row.issued_at }),
  ...(row.due_at === null ? {} : { due_at: row.due_at }),
  ...(row.paid_at === null ? {} : { paid_at: row.paid_at }),
  ...(row.credit_note === null ? {} : { credit_note: row.credit_note }),
  net: eur(row.net_cents),
  vat: eur(row.vat_cents),
  gross: eur(row.gross_cents),
});
