import { fold } from '@pioche/kernel';
import { given } from '@pioche/testing';
import fc from 'fast-check';
import { ACCOUNT, contextAt, metered, prices, slicesIn } from '../../test/fixtures.js';
import { balances, usagePosting } from '../transaction/postings.js';
import { closeUsage, openUsage, rateUsage } from './usage.commands.js';
import { usage, type UsageEvent } from './usage.js';

const OPENED = '2026-11-16T22:00:00.000Z';
const CLOSED = '2026-11-18T00:00:00.001Z';
const open = { ...metered, opened_at: OPENED, cause: 'evt_open' };
const close = { ...open, closed_at: CLOSED, cause: 'evt_close', prices: [...prices] };
const tick = (until: string) => ({ until, prices: [...prices] });

describe('metering an allocation', () => {
  const opened = given(usage).when(openUsage, open).events();

  it('opens on the account of the tenant', () =>
    given(usage).when(openUsage, open).thenMatching({ type: 'UsageOpened', data: { account: ACCOUNT, causes: ['evt_open'] } }));

  it('rates an open one up to the last midnight only', () =>
    given(usage, opened)
      .when(rateUsage, tick('2026-11-17T08:00:00.000Z'))
      .thenMatching({ type: 'UsageRated', data: { slice: 1, from: OPENED, to: '2026-11-17T00:00:00.000Z', causes: ['evt_open'] } }));

  it('names the open and the close as causes', () =>
    expect(slicesIn(given(usage, opened).when(closeUsage, close).events()).at(-1)?.causes).toEqual(['evt_open', 'evt_close']));

  it('lets a close that comes first open, rate and close; the open that follows adds nothing', () => {
    const closed = given(usage).when(closeUsage, close).events();
    expect(closed.map(({ type }) => type)).toEqual(['UsageOpened', ...Array<string>(4).fill('UsageRated'), 'UsageClosed']);
    given(usage, closed).when(openUsage, open).then();
    given(usage, closed).when(closeUsage, close).then();
    given(usage, closed).when(rateUsage, tick('2026-11-30T00:00:00.000Z')).then();
  });

  it('takes back what was rated beyond an end that is learnt late', () => {
    const rated = given(usage, opened).when(rateUsage, tick('2026-11-18T00:00:00.000Z')).events();
    given(usage, [...opened, ...rated])
      .when(closeUsage, { ...close, closed_at: '2026-11-17T23:59:59.000Z' })
      .thenMatching(
        {
          type: 'UsageRated',
          data: { slice: 4, from: '2026-11-17T23:59:59.000Z', to: '2026-11-18T00:00:00.000Z', gpu_micro_seconds: '-8000000', price_book_version: 2 },
        },
        { type: 'UsageClosed' },
      );
  });

  it('costs nothing when it ended before it began', () =>
    given(usage).when(closeUsage, { ...close, closed_at: OPENED }).thenMatching({ type: 'UsageOpened' }, { type: 'UsageClosed', data: { closed_at: OPENED } }));
});

describe('the ledger of an allocation', () => {
  type Step = (state: Parameters<typeof closeUsage.decide>[0]) => readonly UsageEvent[];
  const context = contextAt('2026-12-01T00:00:00.000Z');
  const opens: Step = (state) => openUsage.decide(state, open, context);
  const closesAt = (closed_at: string): Step => (state) => closeUsage.decide(state, { ...close, closed_at }, context);
  const ticksAt = (until: string): Step => (state) => rateUsage.decide(state, tick(until), context);

  function run(steps: readonly Step[]): UsageEvent[] {
    const events: UsageEvent[] = [];
    for (const step of steps) events.push(...step(fold(usage, events)));
    return events;
  }
  /** Nano-euro by day, and in the ledger. */
  function books(events: readonly UsageEvent[]) {
    const byDay: Record<string, [bigint, bigint]> = {};
    for (const { from, gpu_micro_seconds, amount_nano } of slicesIn(events)) {
      const [micro, nano] = byDay[from.slice(0, 10)] ?? [0n, 0n];
      byDay[from.slice(0, 10)] = [micro + BigInt(gpu_micro_seconds), nano + BigInt(amount_nano)];
    }
    const used = Object.entries(byDay).filter(([, [micro]]) => micro !== 0n);
    return { byDay: Object.fromEntries(used), ledger: balances(slicesIn(events).map(usagePosting)) };
  }
  /** Every input at least once, some again, in any order. */
  const anyOrder = (steps: readonly Step[]) =>
    fc
      .array(fc.constantFrom(...steps), { maxLength: 6 })
      .chain((again) => fc.shuffledSubarray([...steps, ...again], { minLength: steps.length + again.length }));

  const midnights = ['2026-11-17T00:00:00.000Z', '2026-11-18T00:00:00.000Z'].map(ticksAt);
  const inOrder = [opens, ...midnights, closesAt(CLOSED)];

  it('is the same, slice by slice, whatever comes late, twice or out of order', () =>
    fc.assert(
      fc.property(anyOrder(inOrder), (steps) => {
        const amounts = (events: readonly UsageEvent[]) => slicesIn(events).map((slice) => ({ ...slice, causes: [] }));
        expect(amounts(run(steps))).toEqual(amounts(run(inOrder)));
      }),
    ));

  it('is the same to the nano-euro when a midnight came before a late close, or the close is corrected', () =>
    fc.assert(
      fc.property(fc.constantFrom('2026-11-16T22:00:00.000Z', '2026-11-16T23:30:00.007Z', '2026-11-17T12:34:56.790Z'), fc.boolean(), fc.gen(), (end, corrected, gen) => {
        const steps = [opens, ...midnights, closesAt(end), ...(corrected ? [closesAt(CLOSED)] : [])];
        expect(books(run(gen(() => anyOrder(steps)))).byDay).toEqual(books(run([opens, closesAt(end)])).byDay);
        const ledger = books(run(gen(() => anyOrder(steps)))).ledger;
        const expected = books(run([opens, closesAt(end)])).ledger;
        for (const [account, nano] of ledger) expect(nano).toBe(expected.get(account) ?? 0n);
      }),
    ));
});
