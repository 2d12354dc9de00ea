import { given } from '@pioche/testing';
import { ACCOUNT, PROJECT, TENANT } from '../../test/fixtures.js';
import { account, type AccountEvent } from './account.js';
import { changeBillingDetails, noteSpending, openAccount, setBudget } from './account.commands.js';
import { vatTreatmentOf } from './vat.js';

const details = { name: 'Météo Alpine SAS', country: 'FR', vat_id: 'FR40303265045' };
const request = { tenant: TENANT, ...details, contract: { stop_at_budget: true } };
const opened: AccountEvent = { type: 'AccountOpened', data: { tenant: TENANT, ...details, contract: { stop_at_budget: true } } };
const BUDGET = 'account_budget_01h2xcejqtf2nbrexx3vqjhp41';
const budgetSet: AccountEvent = {
  type: 'BudgetSet',
  data: { budget: BUDGET, tenant: TENANT, project: PROJECT, amount_nano: '1000', period: 'month' },
};

describe('opening an account', () => {
  it('keeps whom to invoice', () => given(account).when(openAccount, request).then(opened));
  it('has the id that follows from the tenant', () => expect(openAccount.identify?.(request)).toBe(ACCOUNT));
  it('is refused twice', () => given(account, [opened]).when(openAccount, request).refuses('already-exists'));
  it('is refused with the VAT id of another country', () =>
    given(account).when(openAccount, { ...request, country: 'GR', vat_id: 'GR094259216' }).refuses('vat-id-of-another-country', { prefix: 'EL' }));
  it('follows changed details', () =>
    given(account, [opened])
      .when(changeBillingDetails, { name: 'Météo Alpine GmbH', country: 'DE', vat_id: 'DE136695976' })
      .thenMatching({ type: 'BillingDetailsChanged' }));
});

describe('VAT', () => {
  it.each([
    ['FR', undefined, 'S', 2000],
    ['FR', 'FR40303265045', 'S', 2000],
    ['MC', 'FR40303265045', 'S', 2000],
    ['DE', 'DE136695976', 'AE', 0],
    ['DE', undefined, 'S', 2000],
    ['CH', undefined, 'G', 0],
    ['GB', 'GB980780684', 'G', 0],
  ])('%s with VAT id %s: %s at %d basis points', (country, vat_id, category, rate_bp) =>
    expect(vatTreatmentOf({ name: 'x', country, ...(vat_id ? { vat_id } : {}) })).toMatchObject({ category, rate_bp }));
});

describe('budgets', () => {
  const spend = (spent_nano: string, period = '2026-11') => ({ budget: BUDGET, period, spent_nano }) as const;

  it('gets an id of its own', () =>
    given(account, [opened]).when(setBudget, { amount_nano: '1000', period: 'month' }).thenMatching({ type: 'BudgetSet', data: { tenant: TENANT } }));
  it('is refused for a budget that is not there', () =>
    given(account, [opened]).when(setBudget, { budget: BUDGET, amount_nano: '1', period: 'year' }).refuses('budget-unknown', { known: [] }));
  it('says nothing below half', () => given(account, [opened, budgetSet]).when(noteSpending, spend('499')).then());

  it('tells every threshold that is reached, and stops placements at 100 % when the contract says so', () =>
    given(account, [opened, budgetSet])
      .when(noteSpending, spend('1000'))
      .thenMatching(
        { type: 'BudgetThresholdReached', data: { percent: 50, project: PROJECT, stop_placements: false } },
        { type: 'BudgetThresholdReached', data: { percent: 80, stop_placements: false } },
        { type: 'BudgetThresholdReached', data: { percent: 100, stop_placements: true } },
      ));

  const half = given(account, [opened, budgetSet]).when(noteSpending, spend('500')).events();
  it('tells a threshold once per period', () => {
    given(account, [opened, budgetSet, ...half]).when(noteSpending, spend('799')).then();
    given(account, [opened, budgetSet, ...half]).when(noteSpending, spend('500', '2026-12')).thenMatching({ type: 'BudgetThresholdReached' });
  });
  it('starts afresh with a new amount', () =>
    given(account, [opened, budgetSet, ...half, budgetSet]).when(noteSpending, spend('500')).thenMatching({ type: 'BudgetThresholdReached' }));
});
