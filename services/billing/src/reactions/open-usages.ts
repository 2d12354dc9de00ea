import { Injectable } from '@nestjs/common';
import type { PriceVersion } from '@pioche/contracts';
import type { Instant } from '@pioche/kernel';
import pg from 'pg';
import type { Usage } from '../usage/usage.js';
import { rateUsage } from '../usage/usage.commands.js';
import { all } from './all.js';
import { UsageBook } from './usage-book.js';

type Db = pg.Pool | pg.PoolClient;

/** How far metering has come. */
export interface Progress {
  /** The latest time of an event that it has seen; empty before the first. */
  readonly seen: Instant;
  /** The last midnight that it has cut. */
  readonly cut: Instant;
}

/** Name of metering's checkpoint. */
export const METERING = 'meter-allocations';

/** Which usages are open, as far as metering has read: kept in the transaction of its checkpoint. */
@Injectable()
export class OpenUsages {
  constructor(private readonly book: UsageBook) {}

  /** @param states usages that have changed, as they are now */
  async note(tx: Db, states: ReadonlyMap<string, Usage>): Promise<void> {
    const opened: string[][] = [[], []];
    const closed: string[] = [];
    for (const [id, state] of states) {
      if (state.status !== 'open') closed.push(id);
      else {
        opened[0]?.push(id);
        opened[1]?.push(state.openedAt);
      }
    }
    if (opened[0]?.length) await tx.query('INSERT INTO open_usages SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING', opened);
    if (closed.length) await tx.query('DELETE FROM open_usages WHERE usage = ANY($1)', [closed]);
  }

  async progress(db: Db): Promise<Progress> {
    const { rows } = await db.query<Progress>('SELECT seen, cut FROM metering WHERE consumer = $1', [METERING]);
    return rows[0] ?? { seen: '', cut: '' };
  }

  async moveTo(tx: Db, { seen, cut }: Progress): Promise<void> {
    await tx.query(
      'INSERT INTO metering (consumer, seen, cut) VALUES ($1, $2, $3) ON CONFLICT (consumer) DO UPDATE SET seen = excluded.seen, cut = excluded.cut',
      [METERING, seen, cut],
    );
  }

  /**
   * Rates what was open at a midnight up to it. The command follows from usage and midnight: cut twice is cut once.
   * @param onRefused what to do where it cannot be rated; absent: throw
   * @throws Refusal `no-price-in-force`
   */
  async cut(db: Db, midnight: Instant, prices: readonly PriceVersion[], actor: string, onRefused?: (error: unknown) => void): Promise<void> {
    const { rows } = await db.query<{ usage: string }>('SELECT usage FROM open_usages WHERE opened_at < $1', [midnight]);
    await all(rows, ({ usage }) =>
      this.book
        .change(rateUsage, usage, { until: midnight, prices: [...prices] }, { key: ['cut', midnight], now: midnight, actor })
        .catch((error: unknown) => (onRefused ? onRefused(error) : Promise.reject(error as Error))),
    );
  }
}
