import { Controller } from '@nestjs/common';
import { AccountId, BudgetPeriod, Period } from '@pioche/contracts';
import { AggregateStore } from '@pioche/event-store';
import { idOf, NanoEuro, sum, type Instant } from '@pioche/kernel';
import { asOfQuery, equal, ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource, Like } from 'typeorm';
import { z } from 'zod';
import { account } from '../../account/account.js';
import { budgetPeriodOf, spanOf } from '../../calendar.js';
import { CaughtUp } from '../../http/caught-up.js';
import { usageTotals, usageTotalsOf } from '../usage/usage-totals.js';
import { AccountRow, accountView, BudgetRow } from './account-view.js';

const Shown = z.object({ account: z.string(), tenant: z.string(), name: z.string(), country: z.string(), vat_id: z.string().optional(), stop_at_budget: z.boolean() });
const ShownBudget = z.object({
  budget: z.string(),
  account: z.string(),
  tenant: z.string(),
  project: z.string().optional(),
  amount_nano: NanoEuro,
  kind: BudgetPeriod,
  period: z.string().meta({ description: 'YYYY-MM or YYYY.' }),
  spent_nano: NanoEuro,
  reached_percent: z.int().meta({ description: 'Highest threshold told in this period; 0: none.' }),
});
const Listing = z.object(pageQuery);
const ById = z.object({ id: AccountId });
const AsOf = z.object(asOfQuery);
const Budgets = z.object({ ...pageQuery, tenant: idOf('tenant').optional(), period: Period.optional().meta({ description: 'A month that the budget’s period has; absent: this one.' }) });

@Controller()
export class AccountsController {
  constructor(
    private readonly db: DataSource,
    private readonly aggregates: AggregateStore,
    private readonly caughtUp: CaughtUp,
  ) {}

  @Query({ path: '/accounts', summary: 'Every account.', may: 'read-billing', query: Listing, returns: pageOf(Shown), from: [accountView] })
  async list({ query, caller }: Asked<undefined, typeof Listing>) {
    const { items, ...rest } = await pageOfRows(this.db.getRepository(AccountRow), 'account', query, caller.tenantFilter);
    return { items: items.map(shown), ...rest };
  }

  @Query({ path: '/accounts/{id}', summary: 'One account, now or as it was.', may: 'read-billing', params: ById, query: AsOf, returns: Shown, from: [accountView] })
  async show({ params, query: { as_of }, caller }: Asked<typeof ById, typeof AsOf>) {
    const { state } = await this.aggregates.load(account, params.id, { asOf: as_of });
    const { tenant, details, stopAtBudget } = ownRow(state.status === 'unknown' ? undefined : state, caller, params);
    return { account: params.id, tenant, ...details, stop_at_budget: stopAtBudget };
  }

  @Query({ path: '/budgets', summary: 'Budgets, and what is spent of them.', may: 'read-billing', query: Budgets, returns: pageOf(ShownBudget), from: [accountView, usageTotals] })
  async budgets({ query, caller, now, after }: Asked<undefined, typeof Budgets>) {
    await this.caughtUp.with(after, [usageTotals]);
    const { items, ...rest } = await pageOfRows(this.db.getRepository(BudgetRow), 'budget', query, equal({ tenant: query.tenant }), caller.tenantFilter);
    const at = query.period === undefined ? now : spanOf(query.period).from;
    return { items: await Promise.all(items.map((row) => this.shownBudget(row, at))), ...rest };
  }

  private async shownBudget({ project, amount_nano, kind, reached, ...row }: BudgetRow, at: Instant): Promise<z.input<typeof ShownBudget>> {
    const period = budgetPeriodOf(kind, at);
    const totals = await usageTotalsOf(this.db, { account: row.account, period: Like(`${period}%`), ...(project === null ? {} : { project }) });
    const spent = sum(totals.map((total) => total.amount_nano));
    return {
      ...row,
      ...(project === null ? {} : { project }),
      amount_nano: amount_nano.toString(),
      kind,
      period,
      spent_nano: spent.toString(),
      reached_percent: reached[period] ?? 0,
    };
  }
}

const shown = ({ vat_id, ...row }: AccountRow): z.input<typeof Shown> => ({ ...row, ...(vat_id === null ? {} : { vat_id }) });
