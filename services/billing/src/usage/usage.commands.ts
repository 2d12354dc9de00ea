/**
 * What a meter says of an allocation. It may say it late, twice and in any order: the ledger comes out the same.
 * A close carries all that an open does, so it opens what it finds unknown, and an open that comes later adds nothing.
 */
import { Metered, PriceVersion } from '@pioche/contracts';
import { commandsOf, fold, Instant } from '@pioche/kernel';
import { z } from 'zod';
import { accountIdOf } from '../account/account.js';
import { midnightBefore } from '../calendar.js';
import { rate, takeBack, type Rated } from './rate.js';
import { usage, type MeteredUsage, type UsageEvent } from './usage.js';

const { command } = commandsOf(usage);

const Opening = Metered.extend({ opened_at: Instant, cause: z.string().meta({ description: 'Id of the event that says so.' }) });
const Prices = z.array(PriceVersion).meta({ description: 'The versions of the price list, in order.' });

const opening = ({ cause, ...data }: z.infer<typeof Opening>): UsageEvent => ({
  type: 'UsageOpened',
  data: { ...data, account: accountIdOf(data.tenant), causes: [cause] },
});

const slicesOf = ({ metered, account, slices }: MeteredUsage, rated: readonly Rated[], causes: readonly string[]): UsageEvent[] =>
  rated.map(({ from, to, micro, milli, nano, version, nanoPerGpuSecond }, index) => ({
    type: 'UsageRated',
    data: {
      ...metered,
      account,
      slice: slices + index + 1,
      from,
      to,
      gpu_micro_seconds: micro.toString(),
      gpu_milli_seconds: milli.toString(),
      price_book_version: version,
      nano_per_gpu_second: nanoPerGpuSecond.toString(),
      amount_nano: nano.toString(),
      causes: [...causes],
    },
  }));

export const openUsage = command({
  name: 'open',
  summary: 'Meter an allocation from the moment it opened.',
  may: 'operate-billing',
  internal: true,
  upserts: true,
  input: Opening,
  decide: (state, input) => (state.status === 'unknown' ? [opening(input)] : []),
});

export const rateUsage = command({
  name: 'rate',
  summary: 'Rate an allocation that is still open, up to the last midnight in UTC.',
  may: 'operate-billing',
  internal: true,
  upserts: true,
  input: z.object({ until: Instant, prices: Prices }),
  decide(state, { until, prices }) {
    const to = midnightBefore(until);
    if (state.status !== 'open' || to <= state.ratedUntil) return [];
    return slicesOf(state, rate(state.metered, { from: state.ratedUntil, to }, prices, state.total), state.causes);
  },
});

/** What is left to rate, or what was rated beyond the end because the close was learnt late. */
function settle(state: MeteredUsage, end: Instant, prices: readonly PriceVersion[]): Rated[] {
  const { metered, ratedUntil, total } = state;
  if (end >= ratedUntil) return rate(metered, { from: ratedUntil, to: end }, prices, total);
  return takeBack(metered.gpu_milli, state.rated, end, total);
}

export const closeUsage = command({
  name: 'close',
  summary: 'Rate an allocation to its end; of several ends that are told, the earliest counts.',
  may: 'operate-billing',
  internal: true,
  upserts: true,
  input: Opening.extend({ closed_at: Instant, prices: Prices }),
  decide(state, { closed_at, prices, ...input }) {
    const events = state.status === 'unknown' ? [opening(input)] : [];
    const open = fold(usage, events, state);
    if (open.status === 'unknown') return [];
    const end = closed_at < open.openedAt ? open.openedAt : closed_at;
    if (open.status === 'closed' && end >= open.ratedUntil) return [];
    const causes = [...new Set([...open.causes, input.cause])];
    return [
      ...events,
      ...slicesOf(open, settle(open, end, prices), causes),
      { type: 'UsageClosed', data: { allocation: input.allocation, tenant: open.metered.tenant, closed_at: end, causes: [input.cause] } },
    ];
  },
});

export const usageCommands = [openUsage, rateUsage, closeUsage] as const;
