import { unreachable, type Decider } from '@pioche/kernel';
import type { QuotaEvent } from '@pioche/contracts';

export type Quota =
  | { readonly status: 'unset' }
  | { readonly status: 'set'; readonly tenant: string; readonly guaranteed: number; readonly borrowable: number; readonly weight: number };

/** How many GPUs a tenant may hold at once. One per tenant; its id is `quotaIdOf(tenant)`. */
export const quota: Decider<Quota, QuotaEvent> = {
  name: 'quota',
  initial: { status: 'unset' },
  tenantOf: (state) => (state.status === 'set' ? state.tenant : undefined),
  evolve(_, event) {
    switch (event.type) {
      case 'QuotaSet': {
        const { tenant, guaranteed_gpus, borrowable_gpus, weight } = event.data;
        return { status: 'set', tenant, guaranteed: guaranteed_gpus, borrowable: borrowable_gpus, weight };
      }
      default:
        return unreachable(event.type);
    }
  },
};
