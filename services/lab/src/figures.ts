/** What operators see of what labs spend. */
import { BudgetCategory } from '@pioche/contracts';
import type { FigureDeclaration } from '@pioche/service-kit';

const categories = BudgetCategory.options.map((category) => `'${category}'`).join(', ');
const LABELS = { category: `the categories of budgets: ${BudgetCategory.options.length}` };
/** Every category has a row. */
const ofBudgets = (value: string): string => `SELECT kind.category, coalesce(sum(${value}), 0) / 100.0 AS value FROM unnest(ARRAY[${categories}]) kind(category) LEFT JOIN budget_view budget USING (category) GROUP BY kind.category`;

export const figures: readonly FigureDeclaration[] = [
  { name: 'pioche_lab_burn_euros', help: 'What compute has cost the labs so far: what billing has metered.', query: 'SELECT coalesce(sum(nano), 0) / 1e9 AS value FROM burn' },
  { name: 'pioche_lab_budget_euros', help: 'Budgets of the labs.', labels: LABELS, query: ofBudgets('budget.amount') },
  { name: 'pioche_lab_spent_euros', help: 'Spent of the labs’ budgets.', labels: LABELS, query: ofBudgets('budget.spent') },
  { name: 'pioche_lab_budgets_overspent', help: 'Budgets of the labs of which more is spent than there was.', query: 'SELECT count(*) AS value FROM budget_view WHERE spent > amount' },
];
