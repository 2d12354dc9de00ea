import { idOf, Instant, NanoEuro } from '@pioche/kernel';
import { z } from 'zod';
import { events } from '../define.js';
import { AccountId } from './account.js';

const Causes = z.array(z.string()).meta({ description: 'Ids of the events it follows from.' });
const Quantity = z.string().regex(/^-?(0|[1-9]\d*)$/);

/** What is metered: an allocation, whole, whatever its utilisation. */
export const Metered = z.object({
  allocation: idOf('allocation'),
  job: idOf('job'),
  tenant: idOf('tenant'),
  project: idOf('project').optional(),
  gpu_model: z.string().min(1),
  gpu_milli: z.int().positive().meta({ description: 'Thousandths of a GPU, of all GPUs together.' }),
});
export type Metered = z.infer<typeof Metered>;

/**
 * One slice of an allocation's time at one price, inside one UTC day. Quantities and amounts add up: however an
 * allocation is cut, its slices sum to the same micro-GPU-seconds, milli-GPU-seconds and nano-euro.
 */
export const UsageSlice = Metered.extend({
  account: AccountId,
  slice: z.int().positive().meta({ description: 'Its number within the allocation, from 1.' }),
  from: Instant,
  to: Instant.meta({ description: 'Not included; later than from.' }),
  gpu_micro_seconds: Quantity.meta({
    description: 'Exactly gpu_milli × milliseconds: millionths of a GPU-second. Negative: takes back what was rated too far.',
  }),
  gpu_milli_seconds: Quantity.meta({ description: 'The same in milli-GPU-seconds, rounded on the running total of the allocation.' }),
  price_book_version: z.int().positive(),
  nano_per_gpu_second: NanoEuro,
  amount_nano: NanoEuro.meta({ description: 'Rounded on the running total of the allocation.' }),
  causes: Causes,
});
export type UsageSlice = z.infer<typeof UsageSlice>;

const metered = {
  allocation: 'allocation_01h2xcejqtf2nbrexx3vqjhp41',
  job: 'job_01h2xcejqtf2nbrexx3vqjhp41',
  tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41',
  project: 'project_01h2xcejqtf2nbrexx3vqjhp41',
  gpu_model: 'NVIDIA H100 80GB HBM3',
  gpu_milli: 8000,
} as const;

export const usageEvents = events('billing', {
  UsageOpened: {
    version: 1,
    meaning: 'The allocation is metered from this moment on.',
    data: Metered.extend({ account: AccountId, opened_at: Instant, causes: Causes }),
    example: { ...metered, account: 'account_01h2xcejqtf2nbrexx3vqjhp41', opened_at: '2026-11-17T10:00:00.000Z', causes: ['evt_01h2xcejqtf2nbrexx3vqjhp41'] },
  },
  UsageRated: {
    version: 1,
    meaning: 'A slice of the allocation has its price; its ledger transaction is written with it.',
    data: UsageSlice,
    example: {
      ...metered,
      account: 'account_01h2xcejqtf2nbrexx3vqjhp41',
      slice: 1,
      from: '2026-11-17T10:00:00.000Z',
      to: '2026-11-17T11:00:00.000Z',
      gpu_micro_seconds: '28800000000',
      gpu_milli_seconds: '28800000',
      price_book_version: 1,
      nano_per_gpu_second: '800000',
      amount_nano: '23040000000',
      causes: ['evt_01h2xcejqtf2nbrexx3vqjhp41'],
    },
  },
  UsageClosed: {
    version: 1,
    meaning: 'The allocation ended here; the earliest end that is ever learnt counts.',
    data: z.object({ allocation: idOf('allocation'), tenant: idOf('tenant'), closed_at: Instant, causes: Causes }),
    example: { allocation: metered.allocation, tenant: metered.tenant, closed_at: '2026-11-17T11:00:00.000Z', causes: ['evt_01h2xcejqtf2nbrexx3vqjhp42'] },
  },
});

/** Slices with the same key share an invoice line, and so one rounding to the cent. */
export const invoiceLineKey = (slice: { readonly project?: string | null | undefined; readonly gpu_model: string; readonly nano_per_gpu_second: string }): string =>
  JSON.stringify([slice.project ?? null, slice.gpu_model, slice.nano_per_gpu_second]);
