import { unreachable, type Decider, type Id } from '@pioche/kernel';
import type { FactOf, positionEvents } from '@pioche/contracts';

/** Status → what may be done → status. */
export const POSITION_LIFE = {
  unknown: { open: 'open' },
  open: { fill: 'filled', close: 'closed' },
  filled: { vacate: 'open' },
  closed: {},
} as const;

export type PositionEvent = FactOf<typeof positionEvents>;
type Opened = Extract<PositionEvent, { type: 'PositionOpened' }>['data'];

export type Position =
  | { readonly status: 'unknown' }
  | { readonly status: 'open' | 'closed'; readonly seat: Opened }
  | { readonly status: 'filled'; readonly seat: Opened; readonly person: Id<'person'>; readonly startsOn: string };

export const position: Decider<Position, PositionEvent> = {
  name: 'position',
  initial: { status: 'unknown' },
  tenantOf: (state) => (state.status === 'unknown' ? undefined : state.seat.tenant),
  evolve(state, event) {
    if (event.type === 'PositionOpened') return { status: 'open', seat: event.data };
    if (state.status === 'unknown') return state;
    const { seat } = state;
    switch (event.type) {
      case 'PositionFilled':
        return { status: 'filled', seat, person: event.data.person, startsOn: event.data.starts_on };
      case 'PositionVacated':
        return { status: 'open', seat };
      case 'PositionClosed':
        return { status: 'closed', seat };
      default:
        return unreachable(event);
    }
  },
};
