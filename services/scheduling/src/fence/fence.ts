import { unreachable, type Decider } from '@pioche/kernel';
import type { FactOf, FenceEvent, fenceEvents } from '@pioche/contracts';

type Ordered = Extract<FactOf<typeof fenceEvents>, { type: 'FenceOrdered' }>['data'];

export type Fence =
  | { readonly status: 'unknown' }
  | { readonly status: 'waiting' | 'completed'; readonly order: Ordered; readonly missing: ReadonlySet<string> };

/** One request of a switch to stop a tenant's jobs, and which nodes have yet to say that they did. */
export const fence: Decider<Fence, FenceEvent> = {
  name: 'fence',
  initial: { status: 'unknown' },
  tenantOf: (state) => (state.status === 'unknown' ? undefined : state.order.tenant),
  evolve(state, event) {
    if (event.type === 'FenceOrdered') return { status: 'waiting', order: event.data, missing: new Set(event.data.nodes) };
    if (state.status === 'unknown') return state; // nothing comes before the order
    switch (event.type) {
      case 'NodeFenceAcknowledged': {
        const missing = new Set(state.missing);
        missing.delete(event.data.node);
        return { ...state, missing };
      }
      case 'FenceCompleted':
        return { ...state, status: 'completed' };
      default:
        return unreachable(event);
    }
  },
};
