import { BillingDetails, BudgetId, BudgetPeriod, Contract } from '@pioche/contracts';
import { commandsOf, idOf, NanoEuro, refuse } from '@pioche/kernel';
import { z } from 'zod';
import { account, accountIdOf, type Account } from './account.js';
import { vatPrefixOf } from './vat.js';

const { command } = commandsOf(account);

/** Shares of a budget that are told, in per cent. */
export const THRESHOLDS = [50, 80, 100] as const;

function checkVatId({ country, vat_id }: BillingDetails): void {
  const prefix = vatPrefixOf(country);
  if (vat_id !== undefined && !vat_id.startsWith(prefix)) refuse('vat-id-of-another-country', { country, vat_id, prefix });
}

function opened(state: Account) {
  return state.status === 'unknown' ? refuse('unknown') : state;
}

export const openAccount = command({
  name: 'open',
  summary: 'Open the account that a tenant’s usage is invoiced to.',
  may: 'operate-billing',
  creates: true,
  input: BillingDetails.extend({ tenant: idOf('tenant'), contract: Contract }),
  identify: ({ tenant }) => accountIdOf(tenant),
  decide(state, data, { id }) {
    if (state.status !== 'unknown') refuse('already-exists', { account: id });
    checkVatId(data);
    return [{ type: 'AccountOpened', data }];
  },
});

export const changeBillingDetails = command({
  name: 'changeBillingDetails',
  summary: 'Change who is invoiced; invoices drafted from now on follow it, final ones do not.',
  may: 'operate-billing',
  input: BillingDetails,
  decide(state, details) {
    opened(state);
    checkVatId(details);
    return [{ type: 'BillingDetailsChanged', data: details }];
  },
});

export const setBudget = command({
  name: 'setBudget',
  summary: 'Watch the spending of the tenant or of one project against an amount per month or year.',
  may: 'operate-billing',
  input: z.object({
    budget: BudgetId.optional(),
    project: idOf('project').optional(),
    amount_nano: NanoEuro.regex(/^[1-9]/, 'must be more than zero'),
    period: BudgetPeriod,
  }),
  decide(state, { budget, ...input }, context) {
    const { budgets, tenant } = opened(state);
    if (budget !== undefined && !budgets[budget]) refuse('budget-unknown', { budget, known: Object.keys(budgets) });
    return [{ type: 'BudgetSet', data: { budget: budget ?? context.newId('account_budget'), tenant, ...input } }];
  },
});

export const noteSpending = command({
  name: 'noteSpending',
  summary: 'Tell the account what has been spent of a budget in a period; each threshold is told once.',
  may: 'operate-billing',
  internal: true,
  input: z.object({ budget: BudgetId, period: z.string(), spent_nano: NanoEuro }),
  decide(state, { budget, period, spent_nano }) {
    const { budgets, tenant, stopAtBudget } = opened(state);
    const known = budgets[budget] ?? refuse('budget-unknown', { budget, known: Object.keys(budgets) });
    const { project, amountNano, reached } = known;
    const crossed = THRESHOLDS.filter(
      (percent) => percent > (reached[period] ?? 0) && BigInt(spent_nano) * 100n >= amountNano * BigInt(percent),
    );
    return crossed.map((percent) => ({
      type: 'BudgetThresholdReached' as const,
      data: {
        budget,
        tenant,
        ...(project === undefined ? {} : { project }),
        percent,
        spent_nano,
        amount_nano: amountNano.toString(),
        period,
        stop_placements: stopAtBudget && percent >= 100,
      },
    }));
  },
});

export const accountCommands = [openAccount, changeBillingDetails, setBudget, noteSpending] as const;
