import { unreachable, type Decider, type Id } from '@pioche/kernel';
import type { budgetEvents, FactOf } from '@pioche/contracts';

export type BudgetEvent = FactOf<typeof budgetEvents>;

/** Amounts in cents. */
export interface OpenBudget {
  readonly status: 'open';
  readonly tenant: Id<'tenant'>;
  readonly amount: number;
  /** What is left of each commitment. */
  readonly commitments: Readonly<Record<string, number>>;
  /** Everything spent, against a commitment or not. */
  readonly spent: number;
  /** What actuals were recorded for. */
  readonly causes: ReadonlySet<string>;
}

export type Budget = { readonly status: 'unknown' } | OpenBudget;

/** Cents neither spent nor committed; negative when more was spent than there is. */
export const restOf = ({ amount, commitments, spent }: OpenBudget): number =>
  Object.values(commitments).reduce((rest, left) => rest - left, amount - spent);

/** What is left of a commitment after an actual against it, in cents. */
export const leftAfter = (left: number, amount: number): number => (amount < 0 ? left : Math.max(0, left - amount));

/** An actual uses its commitment up first; what is above it comes out of the rest, and what comes back goes there. */
function afterActual(budget: OpenBudget, { commitment, amount, cause }: Extract<BudgetEvent, { type: 'ActualRecorded' }>['data']): OpenBudget {
  const causes = new Set([...budget.causes, cause]);
  const left = commitment === undefined ? undefined : budget.commitments[commitment];
  if (commitment === undefined || left === undefined) return { ...budget, spent: budget.spent + amount, causes };
  return { ...budget, spent: budget.spent + amount, causes, commitments: { ...budget.commitments, [commitment]: leftAfter(left, amount) } };
}

export const budget: Decider<Budget, BudgetEvent> = {
  name: 'budget',
  initial: { status: 'unknown' },
  tenantOf: (state) => (state.status === 'unknown' ? undefined : state.tenant),
  evolve(state, event) {
    if (event.type === 'BudgetOpened') return { status: 'open', tenant: event.data.tenant, amount: event.data.amount, commitments: {}, spent: 0, causes: new Set() };
    if (state.status === 'unknown') return state;
    switch (event.type) {
      case 'CommitmentMade':
        return { ...state, commitments: { ...state.commitments, [event.data.commitment]: event.data.amount } };
      case 'CommitmentReleased': {
        const { [event.data.commitment]: _released, ...commitments } = state.commitments;
        return { ...state, commitments };
      }
      case 'ActualRecorded':
        return afterActual(state, event.data);
      default:
        return unreachable(event);
    }
  },
};
