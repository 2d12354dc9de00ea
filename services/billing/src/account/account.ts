import { derivedId, unreachable, type Decider, type Id } from '@pioche/kernel';
import type { accountEvents, BillingDetails, BudgetPeriod, FactOf } from '@pioche/contracts';
import { remembered } from '../remembered.js';

export type AccountEvent = FactOf<typeof accountEvents>;

export interface AccountBudget {
  readonly project?: Id<'project'> | undefined;
  readonly amountNano: bigint;
  readonly period: BudgetPeriod;
  /** Highest threshold reached, by period: `2026-11` → 80. */
  readonly reached: Readonly<Record<string, number>>;
}

export type Account =
  | { readonly status: 'unknown' }
  | {
      readonly status: 'open';
      readonly tenant: Id<'tenant'>;
      readonly details: BillingDetails;
      readonly stopAtBudget: boolean;
      readonly budgets: Readonly<Record<string, AccountBudget>>;
    };

/** The account of a tenant: each has one. */
export const accountIdOf = remembered((tenant): Id<'account'> => derivedId('account', tenant));

export const account: Decider<Account, AccountEvent> = {
  name: 'account',
  initial: { status: 'unknown' },
  tenantOf: (state) => (state.status === 'unknown' ? undefined : state.tenant),
  evolve(state, event) {
    if (event.type === 'AccountOpened') {
      const { tenant, contract, ...details } = event.data;
      return { status: 'open', tenant, details, stopAtBudget: contract.stop_at_budget, budgets: {} };
    }
    if (state.status === 'unknown') return state;
    switch (event.type) {
      case 'BillingDetailsChanged':
        return { ...state, details: event.data };
      case 'BudgetSet': {
        const { budget, project, amount_nano, period } = event.data;
        return { ...state, budgets: { ...state.budgets, [budget]: { project, amountNano: BigInt(amount_nano), period, reached: {} } } };
      }
      case 'BudgetThresholdReached': {
        const { budget, period, percent } = event.data;
        const known = state.budgets[budget];
        if (!known) return state;
        return { ...state, budgets: { ...state.budgets, [budget]: { ...known, reached: { ...known.reached, [period]: percent } } } };
      }
      default:
        return unreachable(event);
    }
  },
};
