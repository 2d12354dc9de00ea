import { Injectable } from '@nestjs/common';
import type { accountEvents, ContextName, RecordedOf, usageEvents } from '@pioche/contracts';
import type { Delivery, EventHandler } from '@pioche/event-bus';
import { AggregateStore } from '@pioche/event-store';
import { derivedId, sum } from '@pioche/kernel';
import type pg from 'pg';
import { account, accountIdOf, type Account, type AccountBudget } from '../account/account.js';
import { noteSpending } from '../account/account.commands.js';
import { budgetPeriodOf, monthOf } from '../calendar.js';
import { all } from './all.js';

type Watched = Extract<RecordedOf<typeof usageEvents> | RecordedOf<typeof accountEvents>, { type: 'UsageRated' | 'BudgetSet' }>;

interface Spending {
  readonly tenant: string;
  /** Empty: none. */
  readonly project: string;
  readonly month: string;
  readonly nano: bigint;
}

const spendingOf = (event: Watched): Spending => {
  const { tenant, project = '' } = event.data;
  return event.type === 'UsageRated'
    ? { tenant, project, month: monthOf(event.data.from), nano: BigInt(event.data.amount_nano) }
    : { tenant, project, month: monthOf(event.time), nano: 0n };
};

/** Tells accounts what has been spent of their budgets: once per batch and budget that it touches. */
@Injectable()
export class WatchBudgets implements EventHandler {
  readonly name = 'watch-budgets';
  readonly sources: readonly ContextName[] = ['billing'];
  readonly wants = new Set(['UsageRated', 'BudgetSet']);

  constructor(private readonly aggregates: AggregateStore) {}

  async handle(batch: readonly Delivery[], tx: pg.PoolClient): Promise<void> {
    const events = batch.map(({ event }) => event as Watched);
    const cause = events.at(-1);
    if (!cause) return;
    const changes = events.map(spendingOf);
    await add(tx, changes);
    const spent = await spentBy(tx, changes);
    const byTenant = Map.groupBy(changes, ({ tenant }) => tenant);
    const accounts = await this.aggregates.loadAll(account, [...byTenant.keys()].map(accountIdOf));
    await all(byTenant, ([tenant, touched]) => this.tell(accounts.get(accountIdOf(tenant))?.state, touched, spent.get(tenant) ?? [], cause));
  }

  private async tell(state: Account | undefined, touched: readonly Spending[], spent: readonly Spending[], cause: Watched): Promise<void> {
    if (state === undefined || state.status === 'unknown') return;
    const id = accountIdOf(state.tenant);
    for (const [budget, watched] of Object.entries(state.budgets)) {
      for (const period of periodsOf(watched, touched)) {
        const nano = sum(spent.filter((one) => counts(watched, one) && one.month.startsWith(period)).map((one) => one.nano));
        await this.aggregates.execute(noteSpending, id, noteSpending.input.parse({ budget, period, spent_nano: nano.toString() }), {
          commandId: derivedId('cmd', this.name, cause.id, budget, period),
          actor: `reaction:${this.name}`,
          now: cause.time,
          correlationId: cause.correlationId,
          causationId: cause.id,
        });
      }
    }
  }
}

/** A budget without a project is of the whole tenant. */
const counts = ({ project }: AccountBudget, spending: Spending): boolean => project === undefined || project === spending.project;

const periodsOf = (budget: AccountBudget, touched: readonly Spending[]): ReadonlySet<string> =>
  new Set(touched.filter((one) => counts(budget, one)).map(({ month }) => budgetPeriodOf(budget.period, month)));

async function add(tx: pg.PoolClient, changes: readonly Spending[]): Promise<void> {
  const sums = [...Map.groupBy(changes, ({ tenant, project, month }) => `${tenant} ${project} ${month}`).values()].flatMap(([first, ...rest]) =>
    first ? [{ ...first, nano: sum([first, ...rest].map(({ nano }) => nano)) }] : [],
  );
  await tx.query(
    `INSERT INTO spending (tenant, project, month, nano) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::numeric[])
     ON CONFLICT (tenant, month, project) DO UPDATE SET nano = spending.nano + excluded.nano`,
    [sums.map(({ tenant }) => tenant), sums.map(({ project }) => project), sums.map(({ month }) => month), sums.map(({ nano }) => nano.toString())],
  );
}

/** What these tenants have spent in the years that were touched, by tenant. */
async function spentBy(tx: pg.PoolClient, changes: readonly Spending[]): Promise<ReadonlyMap<string, Spending[]>> {
  const { rows } = await tx.query<Omit<Spending, 'nano'> & { nano: string }>(
    'SELECT tenant, project, month, nano::text FROM spending WHERE tenant = ANY($1) AND left(month, 4) = ANY($2)',
    [[...new Set(changes.map(({ tenant }) => tenant))], [...new Set(changes.map(({ month }) => month.slice(0, 4)))]],
  );
  return Map.groupBy(rows.map((row) => ({ ...row, nano: BigInt(row.nano) })), ({ tenant }) => tenant);
}
