import type { DataSource } from 'typeorm';
import type { ComputeBudget } from '../../budget/compute-forecast.js';
import { BudgetRow } from './budgets.js';

export type OpenedComputeBudget = ComputeBudget & Pick<BudgetRow, 'funder' | 'opened_at'>;

/** Compute budgets in the order in which they were opened. @param where conditions on their rows */
export async function computeBudgets(db: DataSource, where: Readonly<Record<string, string>>): Promise<OpenedComputeBudget[]> {
  const rows = await db.getRepository(BudgetRow).find({ where: { ...where, category: 'compute' }, order: { opened_position: 'ASC' } });
  return rows.map(({ id, tenant, project, amount, funder, opened_at }) => ({ budget: id, tenant, project, amount, funder, opened_at }));
}
