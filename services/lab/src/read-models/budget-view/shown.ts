/** How a budget is shown: what is left of it follows from its commitments and what was spent. */
import { BudgetCategory } from '@pioche/contracts';
import { Instant } from '@pioche/kernel';
import { z } from 'zod';
import type { ActualRow, BudgetRow, CommitmentRow } from './budget-view.js';

const cents = z.int().meta({ description: 'Cents.' });
const money = {
  amount: cents,
  spent: cents,
  committed: cents.meta({ description: 'Cents: what is left of commitments.' }),
  rest: cents.meta({ description: 'Cents, neither spent nor committed.' }),
};

export const ShownBudget = z.object({
  budget: z.string(),
  version: z.int(),
  tenant: z.string(),
  project: z.string().nullable().meta({ description: "Null: for the tenant's whole lab." }),
  funder: z.string(),
  category: BudgetCategory,
  currency: z.literal('EUR'),
  ...money,
  opened_at: Instant,
});
export type ShownBudget = z.input<typeof ShownBudget>;

export const BudgetWithEntries = ShownBudget.extend({
  commitments: z.array(z.object({ commitment: z.string(), purpose: z.string(), amount: cents, left: cents })),
  actuals: z.array(z.object({ cause: z.string(), commitment: z.string().nullable(), amount: cents, at: Instant })),
});

export const FunderTotal = z.object({ funder: z.string(), category: BudgetCategory, ...money });

/** @param commitments of this budget, and perhaps of others */
export function shownBudget({ opened_position: _position, ...row }: BudgetRow, commitments: readonly CommitmentRow[]): ShownBudget {
  const committed = commitments.reduce((left, commitment) => (commitment.budget === row.budget ? left + commitment.left : left), 0);
  return { ...row, currency: 'EUR', committed, rest: row.amount - row.spent - committed };
}

export const withEntries = (row: BudgetRow, commitments: readonly CommitmentRow[], actuals: readonly ActualRow[]): z.input<typeof BudgetWithEntries> => ({
  ...shownBudget(row, commitments),
  commitments: commitments.map(({ budget: _budget, tenant: _tenant, ...commitment }) => commitment),
  actuals: actuals.map(({ budget: _budget, tenant: _tenant, ...actual }) => actual),
});

/** One total for each funder and category. */
export function funderTotals(budgets: readonly ShownBudget[]): z.input<typeof FunderTotal>[] {
  const totals = new Map<string, z.input<typeof FunderTotal>>();
  for (const { funder, category, amount, spent, committed, rest } of budgets) {
    const key = JSON.stringify([funder, category]);
    const sum = totals.get(key) ?? { funder, category, amount: 0, spent: 0, committed: 0, rest: 0 };
    totals.set(key, { ...sum, amount: sum.amount + amount, spent: sum.spent + spent, committed: sum.committed + committed, rest: sum.rest + rest });
  }
  return [...totals.values()];
}
