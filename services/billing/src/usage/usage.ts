import { derivedId, unreachable, type Decider, type Id, type Instant } from '@pioche/kernel';
import type { FactOf, Metered, usageEvents } from '@pioche/contracts';
import { remembered } from '../remembered.js';
import { add, NOTHING, type PricedSpan, type Total } from './rate.js';

export type UsageEvent = FactOf<typeof usageEvents>;

/** What is being metered, and how far it has been rated. */
export interface MeteredUsage {
  readonly status: 'open' | 'closed';
  readonly metered: Metered;
  readonly account: Id<'account'>;
  readonly openedAt: Instant;
  readonly ratedUntil: Instant;
  /** How many slices it has, those that took something back included. */
  readonly slices: number;
  readonly total: Total;
  /** What counts as rated now, in order. */
  readonly rated: readonly PricedSpan[];
  readonly causes: readonly string[];
}

export type Usage = { readonly status: 'unknown' } | MeteredUsage;

/** The usage of an allocation: each has one, whichever of its events comes first. */
export const usageIdOf = remembered((allocation): Id<'usage'> => derivedId('usage', allocation));

function rated(usage: MeteredUsage, event: Extract<UsageEvent, { type: 'UsageRated' }>['data']): MeteredUsage {
  const { from, to, price_book_version: version } = event;
  const nanoPerGpuSecond = BigInt(event.nano_per_gpu_second);
  const micro = BigInt(event.gpu_micro_seconds);
  const spans =
    micro < 0n
      ? usage.rated.filter((span) => span.from < from).map((span) => (span.to > from ? { ...span, to: from } : span))
      : [...usage.rated, { from, to, version, nanoPerGpuSecond }];
  return {
    ...usage,
    slices: event.slice,
    ratedUntil: micro < 0n ? from : to,
    total: add(usage.total, micro, nanoPerGpuSecond),
    rated: spans,
  };
}

export const usage: Decider<Usage, UsageEvent> = {
  name: 'usage',
  initial: { status: 'unknown' },
  tenantOf: (state) => (state.status === 'unknown' ? undefined : state.metered.tenant),
  evolve(state, event) {
    if (event.type === 'UsageOpened') {
      const { account, opened_at, causes, ...metered } = event.data;
      return { status: 'open', metered, account, openedAt: opened_at, ratedUntil: opened_at, slices: 0, total: NOTHING, rated: [], causes };
    }
    if (state.status === 'unknown') return state;
    switch (event.type) {
      case 'UsageRated':
        return rated(state, event.data);
      case 'UsageClosed':
        return { ...state, status: 'closed' };
      default:
        return unreachable(event);
    }
  },
};
