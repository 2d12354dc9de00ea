import type { DataSource } from 'typeorm';
import type { ComputeBudget } from '../../budget/compute-forecast.js';
import { BudgetRow } from './budget-view.js';

export type OpenedComputeBudget = ComputeBudget & Pick<BudgetRow, 'funder' | 'opened_at'>;

/** Compute budgets in the order in which they were opened. */
export const computeBudgets = (db: DataSource, where: { readonly tenant?: string }): Promise<OpenedComputeBudget[]> =>
  db.getRepository(BudgetRow).find({ where: { ...where, category: 'compute' }, order: { opened_position: 'ASC' } });
