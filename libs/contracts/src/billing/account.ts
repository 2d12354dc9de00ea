import { idOf, NanoEuro } from '@pioche/kernel';
import { z } from 'zod';
import { events } from '../define.js';

export const AccountId = idOf('account');
export const BudgetId = idOf('account_budget');
/** ISO 3166-1 alpha-2. */
const Country = z.string().regex(/^[A-Z]{2}$/);
const VatId = z.string().regex(/^[A-Z]{2}[0-9A-Z+*]{2,12}$/);

/** Who is invoiced; decides the VAT treatment. */
export const BillingDetails = z.object({ name: z.string().min(1), country: Country, vat_id: VatId.optional() });
export type BillingDetails = z.infer<typeof BillingDetails>;

export const Contract = z.object({
  stop_at_budget: z.boolean().meta({ description: 'No new placement once a budget is used up.' }),
});

/** How long a budget lasts before it starts again, in UTC. */
export const BudgetPeriod = z.enum(['month', 'year']);
export type BudgetPeriod = z.infer<typeof BudgetPeriod>;

const tenant = idOf('tenant');
const exampleTenant = 'tenant_01h2xcejqtf2nbrexx3vqjhp41';

export const accountEvents = events('billing', {
  AccountOpened: {
    version: 1,
    meaning: 'What the tenant uses is invoiced to this account.',
    data: BillingDetails.extend({ tenant, contract: Contract }),
    example: { tenant: exampleTenant, name: 'Météo Alpine SAS', country: 'FR', vat_id: 'FR40303265045', contract: { stop_at_budget: true } },
  },
  BillingDetailsChanged: {
    version: 1,
    meaning: 'Invoices drafted from now on carry this name, country and VAT treatment.',
    data: BillingDetails,
    example: { name: 'Météo Alpine GmbH', country: 'DE', vat_id: 'DE136695976' },
  },
  BudgetSet: {
    version: 1,
    meaning: 'Spending of the tenant, or of one of its projects, is watched against this amount; a new amount starts its thresholds afresh.',
    data: z.object({ budget: BudgetId, tenant, project: idOf('project').optional(), amount_nano: NanoEuro, period: BudgetPeriod }),
    example: { budget: 'account_budget_01h2xcejqtf2nbrexx3vqjhp41', tenant: exampleTenant, amount_nano: '50000000000000', period: 'month' },
  },
  BudgetThresholdReached: {
    version: 1,
    meaning: 'Spending has reached this share of the budget in this period, for the first time; with stop_placements nothing new of it may be placed until the period ends or the budget changes.',
    data: z.object({
      budget: BudgetId,
      tenant,
      project: idOf('project').optional(),
      percent: z.int().positive(),
      spent_nano: NanoEuro,
      amount_nano: NanoEuro,
      period: z.string().regex(/^\d{4}(-\d{2})?$/).meta({ description: 'YYYY-MM or YYYY, in UTC.' }),
      stop_placements: z.boolean(),
    }),
    example: {
      budget: 'account_budget_01h2xcejqtf2nbrexx3vqjhp41',
      tenant: exampleTenant,
      percent: 80,
      spent_nano: '40000000800000',
      amount_nano: '50000000000000',
      period: '2026-11',
      stop_placements: false,
    },
  },
});
