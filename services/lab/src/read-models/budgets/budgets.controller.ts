import { Controller } from '@nestjs/common';
import { BudgetCategory } from '@pioche/contracts';
import { idOf, refuse } from '@pioche/kernel';
import { pageOf, Query, type Asked } from '@pioche/service-kit';
import { DataSource, In } from 'typeorm';
import { z } from 'zod';
import { Listing, listRows, mapPage, scope, tenantQuery } from '../listing.js';
import { ActualRow, BudgetRow, budgets, CommitmentRow } from './budgets.js';

const ById = z.object({ budget: idOf('budget') });
const filters = { project: idOf('project').optional(), funder: z.string().optional(), category: BudgetCategory.optional() };
const Budgets = Listing.extend(filters);
const Totals = z.object({ ...tenantQuery, ...filters });

const cents = z.int().meta({ description: 'Cents.' });
const money = {
  amount: cents,
  spent: cents,
  committed: cents.meta({ description: 'Cents: what is left of commitments.' }),
  rest: cents.meta({ description: 'Cents, neither spent nor committed.' }),
};
const Budget = z.object({ id: z.string(), tenant: z.string(), project: z.string().nullable(), funder: z.string(), category: z.string(), currency: z.literal('EUR'), ...money });
const WithEntries = Budget.extend({
  commitments: z.array(z.object({ commitment: z.string(), purpose: z.string(), amount: cents, left: cents })),
  actuals: z.array(z.object({ cause: z.string(), commitment: z.string().nullable(), amount: cents, at: z.string() })),
});
const ByFunder = z.object({ items: z.array(z.object({ funder: z.string(), category: z.string(), ...money })) });

@Controller()
export class BudgetsController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/budgets', summary: 'Every budget, and what is left of it.', may: 'read-lab', query: Budgets, returns: pageOf(Budget), from: [budgets] })
  async listBudgets({ query: { page_size, page_token, ...asked }, caller }: Asked<undefined, typeof Budgets>) {
    const rows = await listRows(this.db, BudgetRow, 'id', scope(caller, asked), { page_size, page_token });
    const commitments = await this.commitmentsOf(rows.items);
    return mapPage(rows, (row) => shown(row, commitments));
  }

  @Query({ path: '/budgets/by-funder', summary: 'Money by funder and category.', may: 'read-lab', query: Totals, returns: ByFunder, from: [budgets] })
  async budgetsByFunder({ query, caller }: Asked<undefined, typeof Totals>) {
    const rows = await this.db.getRepository(BudgetRow).find({ where: scope(caller, query), order: { funder: 'ASC', category: 'ASC' } });
    const commitments = await this.commitmentsOf(rows);
    const groups = Map.groupBy(rows.map((row) => shown(row, commitments)), ({ funder, category }) => JSON.stringify([funder, category]));
    return { items: [...groups.values()].map(total) };
  }

  @Query({ path: '/budgets/{budget}', summary: 'One budget, with its commitments and actuals.', may: 'read-lab', params: ById, returns: WithEntries, from: [budgets] })
  async showBudget({ params: { budget }, caller }: Asked<typeof ById>) {
    const row = (await this.db.getRepository(BudgetRow).findOneBy(scope(caller, { id: budget }))) ?? refuse('unknown', { budget });
    const commitments = await this.commitmentsOf([row]);
    const actuals = await this.db.getRepository(ActualRow).find({ where: { budget }, order: { at: 'ASC', cause: 'ASC' } });
    return {
      ...shown(row, commitments),
      commitments: commitments.map(({ budget: _budget, ...commitment }) => commitment),
      actuals: actuals.map(({ budget: _budget, ...actual }) => actual),
    };
  }

  private commitmentsOf(rows: readonly BudgetRow[]): Promise<CommitmentRow[]> {
    return this.db.getRepository(CommitmentRow).find({ where: { budget: In(rows.map(({ id }) => id)) }, order: { commitment: 'ASC' } });
  }
}

function shown({ id, tenant, project, funder, category, amount, spent }: BudgetRow, commitments: readonly CommitmentRow[]): z.input<typeof Budget> {
  const committed = commitments.reduce((left, commitment) => (commitment.budget === id ? left + commitment.left : left), 0);
  return { id, tenant, project, funder, category, currency: 'EUR', amount, spent, committed, rest: amount - spent - committed };
}

function total(rows: readonly z.input<typeof Budget>[]): z.input<typeof ByFunder>['items'][number] {
  const sumOf = (field: keyof typeof money): number => rows.reduce((sum, row) => sum + row[field], 0);
  const { funder = '', category = '' } = rows[0] ?? {};
  return { funder, category, amount: sumOf('amount'), spent: sumOf('spent'), committed: sumOf('committed'), rest: sumOf('rest') };
}
