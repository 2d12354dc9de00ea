/** What `invoice/explain.ts` says, as a schema. */
import { InvoiceLine } from '@pioche/contracts';
import { Instant, Money, NanoEuro } from '@pioche/kernel';
import { z } from 'zod';

export const ExplanationAnswer = z.object({
  line: InvoiceLine,
  hourly_nano: NanoEuro.meta({ description: 'Nano-euro per GPU-hour.' }),
  slices: z.array(
    z.object({
      event: z.string().meta({ description: 'Id of its UsageRated.' }),
      causes: z.array(z.string()).meta({ description: 'Ids of scheduling’s events that it follows from.' }),
      allocation: z.string(),
      job: z.string(),
      from: Instant,
      to: Instant,
      gpu_milli: z.int(),
      gpu_micro_seconds: z.string(),
      price_book_version: z.int(),
      amount_nano: NanoEuro,
    }),
  ),
  unexplained_nano: NanoEuro.meta({ description: '0; anything else has come since the invoice.' }),
  rounding: z.object({ rule: z.string(), exact_nano: NanoEuro, net: Money, rounding_nano: NanoEuro }),
});
