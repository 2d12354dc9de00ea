import { idOf } from '@pioche/kernel';
import { z } from 'zod';
import { events, type FactOf } from '../define.js';

const gpus = z.int().min(0);

export const quotaEvents = events('scheduling', {
  QuotaSet: {
    version: 1,
    meaning: 'From now on the tenant may hold so many GPUs at once; what runs already goes on.',
    data: z.object({
      tenant: idOf('tenant'),
      guaranteed_gpus: gpus.meta({ description: 'GPUs that are kept for the tenant.' }),
      borrowable_gpus: gpus.meta({ description: 'GPUs that it may hold beyond the guaranteed ones while they are free.' }),
      weight: z.int().min(1).meta({ description: 'Its share of what is left, against the other weights.' }),
    }),
    example: { tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41', guaranteed_gpus: 64, borrowable_gpus: 128, weight: 1 },
  },
});
export type QuotaEvent = FactOf<typeof quotaEvents>;
