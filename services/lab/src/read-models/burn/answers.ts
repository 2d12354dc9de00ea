/** What questions about burn are answered with. */
import { NanoEuro } from '@pioche/kernel';
import { z } from 'zod';

export const Burn = z.object({
  nano: NanoEuro.meta({ description: 'Exact.' }),
  cents: z.int().meta({ description: 'Rounded as invoice lines are, then summed.' }),
  gpu_micro_seconds: z.string().meta({ description: 'Millionths of a GPU-second.' }),
});

const BesideInvoice = Burn.extend({
  invoiced_nano: NanoEuro.nullable(),
  invoiced_cents: z.int().nullable().meta({ description: 'Null until the invoice is final; of several tenants, until all are.' }),
  difference_cents: z.int().nullable().meta({ description: 'Invoiced less burnt: 0 when they agree to the cent.' }),
});

export const BurnOfPeriod = BesideInvoice.extend({
  period: z.string(),
  items: z.array(BesideInvoice.extend({ tenant: z.string(), project: z.string().nullable().meta({ description: 'Null: what was run for no project.' }) })),
});

export const Forecast = z.object({
  budget: z.string(),
  tenant: z.string(),
  project: z.string().nullable(),
  funder: z.string(),
  amount: z.int().meta({ description: 'Cents.' }),
  burnt_nano: NanoEuro,
  rest_nano: NanoEuro,
  exhausted_at: z.string().nullable().meta({ description: 'If burn goes on as in the last fortnight; null when nothing is burnt.' }),
});

export const ProjectBurn = Burn.extend({
  project: z.string(),
  tenant: z.string(),
  months: z.array(Burn.extend({ period: z.string() })),
  budgets: z.array(Forecast).meta({ description: "The compute budgets that pay for it: its own, or the whole lab's when it has none." }),
});
