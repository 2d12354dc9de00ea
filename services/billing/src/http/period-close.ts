import { Injectable } from '@nestjs/common';
import { DocumentNumber, Period } from '@pioche/contracts';
import { Money, NanoEuro, refuse, sum, type Id, type Instant } from '@pioche/kernel';
import type { Tools } from '@pioche/service-kit';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { account, accountIdOf } from '../account/account.js';
import { spanOf } from '../calendar.js';
import { invoice, invoiceIdOf } from '../invoice/invoice.js';
import { contentOf } from '../invoice/lines.js';
import { PRICE_LIST, priceBook } from '../price-book/price-book.js';
import { OpenUsages } from '../reactions/open-usages.js';
import { invoiceView } from '../read-models/invoices/invoice-view.js';
import { ledger } from '../read-models/ledger/ledger.js';
import { billableOf, usageTotals, usageTotalsOf, type UsageTotalRow } from '../read-models/usage/usage-totals.js';
import { CaughtUp } from './caught-up.js';
import { Documents } from './documents.js';

const Invoiced = z.object({ invoice: z.string(), account: z.string(), tenant: z.string(), number: DocumentNumber, net: Money, vat: Money, gross: Money });
const NotInvoiced = z.object({ account: z.string(), tenant: z.string(), reason: z.enum(['no-account', 'less-than-a-cent']), amount_nano: NanoEuro });

/** What closing a month answers. */
export const ClosedPeriod = z.object({ period: Period, invoices: z.array(Invoiced), not_invoiced: z.array(NotInvoiced) });
export type ClosedPeriod = z.infer<typeof ClosedPeriod>;

type Outcome = { readonly invoiced: z.infer<typeof Invoiced> } | { readonly left: z.infer<typeof NotInvoiced> };

/** The end of a month: one final invoice per account with usage. Cut off anywhere and asked again, it goes on. */
@Injectable()
export class PeriodClose {
  constructor(
    private readonly open: OpenUsages,
    private readonly documents: Documents,
    private readonly caughtUp: CaughtUp,
    private readonly pool: pg.Pool,
    private readonly db: DataSource,
  ) {}

  /**
   * @param through position of scheduling up to which everything has to be metered; absent: metering must have seen an
   *   event that is later than the period
   * @throws Refusal `period-not-over`, `usage-not-complete`, `no-price-in-force`
   */
  async close(period: Period, through: number | undefined, actor: string, tools: Tools): Promise<ClosedPeriod> {
    const { to } = spanOf(period);
    if (tools.now < to) refuse('period-not-over', { period, ends: to });
    await this.usageComplete(to, through);
    await this.open.cut(this.pool, to, (await tools.load(priceBook, PRICE_LIST)).state.versions, actor);
    await this.caughtUp.withOwn([usageTotals]);
    const totals = Map.groupBy(await usageTotalsOf(this.db, { period }), ({ tenant }) => tenant);
    const outcomes: Outcome[] = [];
    for (const [tenant, rows] of totals) outcomes.push(await this.invoice(tenant, period, rows, tools));
    await this.caughtUp.withOwn([invoiceView, ledger]);
    return {
      period,
      invoices: outcomes.flatMap((outcome) => ('invoiced' in outcome ? [outcome.invoiced] : [])),
      not_invoiced: outcomes.flatMap((outcome) => ('left' in outcome ? [outcome.left] : [])),
    };
  }

  private async usageComplete(end: Instant, through: number | undefined): Promise<void> {
    if (through !== undefined) return this.caughtUp.metered(through);
    const { seen } = await this.open.progress(this.pool);
    if (seen < end) refuse('usage-not-complete', { ends: end, metered_until: seen });
  }

  private async invoice(of: string, period: Period, rows: readonly UsageTotalRow[], tools: Tools): Promise<Outcome> {
    const id = accountIdOf(of);
    const left = (reason: z.infer<typeof NotInvoiced>['reason']): Outcome => ({
      left: { account: id, tenant: of, reason, amount_nano: sum(rows.map(({ amount_nano }) => amount_nano)).toString() },
    });
    const { state } = await tools.load(account, id);
    if (state.status === 'unknown') return left('no-account');
    const content = contentOf({ account: id, tenant: state.tenant, customer: state.details, period, slices: rows.map(billableOf) });
    const current = await currentInvoice(id, period, tools);
    if (content.gross.amount === 0 && !current.final) return left('less-than-a-cent');
    await this.documents.invoice(current.id, content, tools);
    const done = (await tools.load(invoice, current.id)).state;
    if (done.status === 'unknown' || done.status === 'draft') throw new Error(`invoice ${current.id} of ${period} is not final`);
    const { tenant, number, net, vat, gross } = done.content;
    return { invoiced: { invoice: current.id, account: id, tenant, number, net, vat, gross } };
  }
}

/** The revision that counts: the first that no credit note has taken back. */
async function currentInvoice(of: string, period: Period, tools: Tools): Promise<{ readonly id: Id<'invoice'>; readonly final: boolean }> {
  for (let revision = 1; ; revision += 1) {
    const id = invoiceIdOf(of, period, revision);
    const { status } = (await tools.load(invoice, id)).state;
    if (status !== 'credited') return { id, final: status === 'final' || status === 'paid' };
  }
}
