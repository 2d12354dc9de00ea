import { Controller } from '@nestjs/common';
import { Period } from '@pioche/contracts';
import { NanoEuro } from '@pioche/kernel';
import { equal, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { invoiceView } from '../read-models/invoices/invoice-view.js';
import { ledger } from '../read-models/ledger/ledger.js';
import { usageTotals } from '../read-models/usage/usage-totals.js';
import { CaughtUp } from './caught-up.js';

const Filter = z.object({ period: Period.optional().meta({ description: 'Absent: everything.' }) });
const Quantity = z.string().meta({ description: 'Milli-GPUs × milliseconds, exact.' });
const Totals = z.object({
  period: Period.optional(),
  metered_gpu_milli_ms: Quantity,
  metered_nano: NanoEuro,
  invoices: z.int().meta({ description: 'Final and paid ones; what a credit note has taken back does not count.' }),
  invoiced_gpu_milli_ms: Quantity,
  lines_nano: NanoEuro.meta({ description: 'Σ of the lines of these invoices before rounding.' }),
  lines_cents: z.int(),
  invoices_net_cents: z.int(),
  invoices_vat_cents: z.int(),
  invoices_gross_cents: z.int(),
  unbilled_nano: NanoEuro.meta({ description: 'Metered and on no invoice that counts: usage of this month before its close, or learnt after it.' }),
  ledger_receivable_nano: NanoEuro.meta({ description: 'What the ledger’s customers owe for the invoices of this period.' }),
  ledger_unbilled_nano: NanoEuro.meta({ description: 'Of the whole ledger, whatever the period.' }),
  ledger_sum_nano: NanoEuro.meta({ description: 'Of the whole ledger: 0.' }),
});

const METERED = `SELECT coalesce(sum(gpu_micro_seconds), 0)::text AS metered_gpu_milli_ms, coalesce(sum(amount_nano), 0)::text AS metered_nano
  FROM usage_total WHERE $1::text IS NULL OR period = $1`;

const INVOICED = `SELECT count(*)::int AS invoices, coalesce(sum(gpu_micro_seconds), 0)::text AS invoiced_gpu_milli_ms,
    coalesce(sum(exact_nano), 0)::text AS lines_nano, coalesce(sum(lines_cents), 0)::float8 AS lines_cents, coalesce(sum(net_cents), 0)::float8 AS invoices_net_cents,
    coalesce(sum(vat_cents), 0)::float8 AS invoices_vat_cents, coalesce(sum(gross_cents), 0)::float8 AS invoices_gross_cents
  FROM invoice_view WHERE status IN ('final', 'paid') AND ($1::text IS NULL OR period = $1)`;

const RECEIVABLE = `SELECT coalesce(sum((entry ->> 'amount_nano')::numeric), 0)::text AS ledger_receivable_nano
  FROM invoice_view i JOIN ledger_transaction t ON t.of = i.invoice, jsonb_array_elements(t.entries) entry
  WHERE entry ->> 'account' LIKE 'receivable:%' AND ($1::text IS NULL OR i.period = $1)`;

const LEDGER = `SELECT coalesce(sum(balance), 0)::text AS ledger_sum_nano,
    coalesce(sum(balance) FILTER (WHERE ledger_account LIKE 'unbilled:%'), 0)::text AS ledger_unbilled_nano
  FROM ledger_account`;

type Row = z.input<typeof Totals>;

@Controller()
export class TotalsController {
  constructor(
    private readonly db: DataSource,
    private readonly caughtUp: CaughtUp,
  ) {}

  @Query({ path: '/totals', summary: 'The same money in usage, invoices and ledger, side by side.', may: 'read-ledger', query: Filter, returns: Totals, from: [usageTotals, invoiceView, ledger] })
  async totals({ query: { period }, after }: Asked<undefined, typeof Filter>): Promise<Row> {
    await this.caughtUp.with(after, [usageTotals, invoiceView, ledger]);
    const [metered, invoiced, receivable, books] = await Promise.all([
      this.one<Pick<Row, 'metered_gpu_milli_ms' | 'metered_nano'>>(METERED, period ?? null),
      this.one<Omit<Row, 'period' | 'metered_gpu_milli_ms' | 'metered_nano' | 'unbilled_nano' | `ledger_${string}`>>(INVOICED, period ?? null),
      this.one<Pick<Row, 'ledger_receivable_nano'>>(RECEIVABLE, period ?? null),
      this.one<Pick<Row, 'ledger_sum_nano' | 'ledger_unbilled_nano'>>(LEDGER),
    ]);
    const unbilled = BigInt(metered.metered_nano) - BigInt(invoiced.lines_nano);
    return { ...equal({ period }), ...metered, ...invoiced, unbilled_nano: unbilled.toString(), ...receivable, ...books };
  }

  private async one<R>(text: string, ...values: readonly unknown[]): Promise<R> {
    const [row] = await this.db.query<R[]>(text, [...values]);
    if (row === undefined) throw new Error('a sum has one row');
    return row;
  }
}
