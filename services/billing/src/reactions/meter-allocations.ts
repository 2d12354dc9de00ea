import { Injectable } from '@nestjs/common';
import type { ContextName, jobEvents, PriceVersion, RecordedOf } from '@pioche/contracts';
import type { Delivery, EventHandler } from '@pioche/event-bus';
import { AggregateStore } from '@pioche/event-store';
import { plusSeconds, Refusal, type Instant } from '@pioche/kernel';
import type pg from 'pg';
import { midnightBefore } from '../calendar.js';
import { PRICE_LIST, priceBook } from '../price-book/price-book.js';
import { usageIdOf, type Usage } from '../usage/usage.js';
import { closeUsage, openUsage } from '../usage/usage.commands.js';
import { all } from './all.js';
import { METERING, OpenUsages } from './open-usages.js';
import { UsageBook } from './usage-book.js';

const ACTOR = `reaction:${METERING}`;

type Metered = Extract<RecordedOf<typeof jobEvents>, { type: 'AllocationOpened' | 'AllocationClosed' }>;

const METERED = new Set(['AllocationOpened', 'AllocationClosed']);
/** How long after a midnight events that happened before it are waited for, in seconds; what comes later is still put right. */
const GRACE_S = 3_600;

/**
 * Scheduling's allocations become usage and ledger. It takes every event, for each tells how late it is: a midnight is
 * cut when events have passed it, not when a clock has, so that a replay or a simulation cuts alike.
 */
@Injectable()
export class MeterAllocations implements EventHandler {
  readonly name = METERING;
  readonly sources: readonly ContextName[] = ['scheduling'];

  constructor(
    private readonly book: UsageBook,
    private readonly open: OpenUsages,
    private readonly aggregates: AggregateStore,
  ) {}

  async handle(batch: readonly Delivery[], tx: pg.PoolClient): Promise<void> {
    const prices = (await this.aggregates.load(priceBook, PRICE_LIST)).state.versions;
    const events = batch.filter(({ head }) => METERED.has(head.type)).map(({ event }) => event as Metered);
    const states = new Map<string, Usage>();
    await all(Map.groupBy(events, ({ data }) => data.allocation), async ([allocation, own]) => {
      for (const event of own) states.set(usageIdOf(allocation), await this.meter(event, prices));
    });
    await this.open.note(tx, states);
    await this.cut(tx, batch.reduce((latest, { head }) => (head.time > latest ? head.time : latest), ''), prices);
  }

  private meter(event: Metered, prices: readonly PriceVersion[]): Promise<Usage> {
    const { allocation, job, tenant, project, gpu_model, gpu_milli, opened_at } = event.data;
    const opening = { allocation, job, tenant, ...(project !== undefined && { project }), gpu_model, gpu_milli, opened_at, cause: event.id };
    const cause = { key: ['meter', event.id], now: event.time, actor: ACTOR, correlationId: event.correlationId, causationId: event.id };
    const id = usageIdOf(allocation);
    return event.type === 'AllocationOpened'
      ? this.book.change(openUsage, id, opening, cause)
      : this.book.change(closeUsage, id, { ...opening, closed_at: event.time, prices: [...prices] }, cause);
  }

  private async cut(tx: pg.PoolClient, latest: Instant, prices: readonly PriceVersion[]): Promise<void> {
    const before = await this.open.progress(tx);
    const seen = latest > before.seen ? latest : before.seen;
    const midnight = midnightBefore(plusSeconds(seen, -GRACE_S));
    if (midnight > before.cut) {
      await this.open.cut(tx, midnight, prices, ACTOR, (error) => {
        // Without a price it stays as it is: its close, or the next midnight, rates it whole.
        if (!(error instanceof Refusal)) throw error;
      });
    }
    await this.open.moveTo(tx, { seen, cut: midnight > before.cut ? midnight : before.cut });
  }
}
