import { Controller } from '@nestjs/common';
import { BudgetCategory } from '@pioche/contracts';
import { EventStore } from '@pioche/event-store';
import { idOf, type Instant } from '@pioche/kernel';
import { rowsAfter } from '@pioche/projections';
import { asOfQuery, equal, ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource, In } from 'typeorm';
import { z } from 'zod';
import { tenantQuery, tenantScope } from '../scope.js';
import { ActualRow, BudgetRow, budgetView, CommitmentRow } from './budget-view.js';
import { BudgetWithEntries, FunderTotal, funderTotals, shownBudget, ShownBudget, withEntries } from './shown.js';

const which = { project: idOf('project').optional(), funder: z.string().optional(), category: BudgetCategory.optional() };
const Listing = z.object({ ...pageQuery, ...tenantQuery, ...which });
const Totals = z.object({ ...tenantQuery, ...which });
const ById = z.object({ id: idOf('budget') });
const AsOf = z.object(asOfQuery);

type Entries = readonly [BudgetRow | null, CommitmentRow[], ActualRow[]];

@Controller()
export class BudgetController {
  constructor(
    private readonly db: DataSource,
    private readonly store: EventStore,
  ) {}

  @Query({ path: '/budgets', summary: 'Budgets, and what is left of each.', may: 'read-lab', query: Listing, returns: pageOf(ShownBudget), from: [budgetView] })
  async list({ query: { page_size, page_token, ...asked }, caller }: Asked<undefined, typeof Listing>) {
    const rows = await pageOfRows(this.db.getRepository(BudgetRow), 'budget', { page_size, page_token }, equal(asked), caller.tenantFilter);
    const commitments = await this.commitmentsOf(rows.items);
    return { ...rows, items: rows.items.map((row) => shownBudget(row, commitments)) };
  }

  @Query({ path: '/budgets/by-funder', summary: 'Money by funder and category.', may: 'read-lab', query: Totals, returns: z.object({ items: z.array(FunderTotal) }), from: [budgetView] })
  async byFunder({ query: { tenant, ...asked }, caller }: Asked<undefined, typeof Totals>) {
    const where = { ...equal(asked), ...tenantScope(caller, tenant) };
    const rows = await this.db.getRepository(BudgetRow).find({ where, order: { funder: 'ASC', category: 'ASC' } });
    const commitments = await this.commitmentsOf(rows);
    return { items: funderTotals(rows.map((row) => shownBudget(row, commitments))) };
  }

  @Query({ path: '/budgets/{id}', summary: 'One budget with its commitments and actuals, now or as it was.', may: 'read-lab', params: ById, query: AsOf, returns: BudgetWithEntries, from: [budgetView] })
  async show({ params: { id }, query: { as_of: asOf }, caller }: Asked<typeof ById, typeof AsOf>) {
    const [row, commitments, actuals] = await (asOf === undefined ? this.present(id) : this.past(id, asOf));
    return withEntries(ownRow(row, caller, { budget: id }), commitments, actuals);
  }

  private async present(budget: string): Promise<Entries> {
    const row = await this.db.getRepository(BudgetRow).findOneBy({ budget });
    const actuals = await this.db.getRepository(ActualRow).find({ where: { budget }, order: { at: 'ASC', cause: 'ASC' } });
    return [row, await this.commitmentsOf([{ budget }]), actuals];
  }

  private async past(budget: string, asOf: Instant): Promise<Entries> {
    const events = await this.store.read(budget, { asOf });
    return [rowsAfter(budgetView, BudgetRow, events)[0] ?? null, rowsAfter(budgetView, CommitmentRow, events), rowsAfter(budgetView, ActualRow, events)];
  }

  private commitmentsOf(rows: readonly Pick<BudgetRow, 'budget'>[]): Promise<CommitmentRow[]> {
    return this.db.getRepository(CommitmentRow).find({ where: { budget: In(rows.map(({ budget }) => budget)) }, order: { commitment: 'ASC' } });
  }
}
