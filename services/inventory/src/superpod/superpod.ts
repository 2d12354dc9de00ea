import { superpodEvents, type FactOf } from '@pioche/contracts';
import { unreachable, type Decider } from '@pioche/kernel';

export type SuperpodEvent = FactOf<typeof superpodEvents>;
export type SuperpodPlan = SuperpodEvent['data'];

export type Superpod = { readonly status: 'unknown' } | { readonly status: 'planned'; readonly plan: SuperpodPlan };

export const superpod: Decider<Superpod, SuperpodEvent> = {
  name: 'superpod',
  initial: { status: 'unknown' },
  evolve(_state, event) {
    switch (event.type) {
      case 'SuperpodPlanned':
        return { status: 'planned', plan: event.data };
      default:
        return unreachable(event.type);
    }
  },
};
