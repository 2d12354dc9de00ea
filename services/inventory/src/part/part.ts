import { partEvents, type FactOf, type PartKind, type PartPlace } from '@pioche/contracts';
import { unreachable, type Decider } from '@pioche/kernel';

export type PartEvent = FactOf<typeof partEvents>;

export type Part =
  | { readonly status: 'unknown' }
  | { readonly status: 'in_store'; readonly kind: PartKind }
  | { readonly status: 'installed'; readonly kind: PartKind; readonly at: PartPlace };

const kindOf = (part: Part): PartKind => {
  if (part.status === 'unknown') throw new Error('a part is registered before anything else happens to it');
  return part.kind;
};

export const part: Decider<Part, PartEvent> = {
  name: 'part',
  initial: { status: 'unknown' },
  evolve(state, event) {
    switch (event.type) {
      case 'PartRegistered':
        return { status: 'in_store', kind: event.data.kind };
      case 'PartInstalled':
        return { status: 'installed', kind: kindOf(state), at: { host: event.data.host, slot: event.data.slot } };
      case 'PartRemoved':
        return { status: 'in_store', kind: kindOf(state) };
      default:
        return unreachable(event);
    }
  },
};
