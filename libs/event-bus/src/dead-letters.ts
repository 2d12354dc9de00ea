/** What operators do with dead letters: look, put right, drive again. */
import type { ContextName, EventGroup } from '@pioche/contracts';
import type pg from 'pg';
import { lockConsumer } from './checkpoints.js';
import type { DeadLetter, DeadLetterState } from './dead-letter.js';
import { Delivery, KnownEvents, UNKNOWN_EVENT } from './delivery.js';
import { isTransient, messageOf } from './errors.js';
import type { EventHandler } from './source.js';
import { inTransaction } from './transaction.js';

export interface DeadLettersOptions {
  readonly pool: pg.Pool;
  /** Those that letters can be driven to again. */
  readonly handlers: readonly EventHandler[];
  readonly groups: readonly EventGroup[];
}

export interface Redriven {
  /** Letters that are handled now: the dead one, then those that waited behind it. */
  readonly redriven: number;
  /** Letters of the stream that are still open. */
  readonly open: number;
  /** Why it went no further. */
  readonly failed?: { readonly id: string; readonly reason: string };
}

export class UnknownDeadLetterError extends Error {
  override readonly name = 'UnknownDeadLetterError';
}

const COLUMNS = `id::text, consumer, source, partition, "offset"::float8 AS "offset", position::float8 AS position, stream,
  event_id AS "eventId", type, raw, reason, state, at`;

export class DeadLetters {
  private readonly handlers: ReadonlyMap<string, EventHandler>;
  private readonly known: KnownEvents;

  constructor(private readonly options: DeadLettersOptions) {
    this.handlers = new Map(options.handlers.map((handler) => [handler.name, handler]));
    this.known = new KnownEvents(options.groups);
  }

  /** Oldest first. @param filter.after the `id` of the last one seen; `limit` is 100 where absent */
  async list(filter: { consumer?: string; source?: ContextName; state?: DeadLetterState; after?: string; limit?: number } = {}): Promise<DeadLetter[]> {
    const { rows } = await this.options.pool.query<DeadLetter>(
      `SELECT ${COLUMNS} FROM dead_letters
       WHERE ($1::text IS NULL OR consumer = $1) AND ($2::text IS NULL OR source = $2) AND ($3::text IS NULL OR state = $3) AND id > $4
       ORDER BY dead_letters.id LIMIT $5`,
      [filter.consumer, filter.source, filter.state, filter.after ?? '0', filter.limit ?? 100],
    );
    return rows;
  }

  /**
   * Gives a dead letter to its handler again, then in order those that waited behind it, until one fails. Each is
   * stored with its effect.
   * @param fixedRaw the CloudEvent text to give instead of what came; it stays the same event of the same stream
   * @throws UnknownDeadLetterError when it is not there, not dead, or nobody here handles it; an error that passes by
   *   itself, and then nothing has changed
   */
  redrive(id: string, fixedRaw?: string): Promise<Redriven> {
    return inTransaction(this.options.pool, async (tx) => {
      const { letter, handler } = await this.begin(tx, id);
      const first = fixedRaw === undefined ? letter : await this.fix(tx, letter, fixedRaw);
      let redriven = 0;
      let failed: Redriven['failed'];
      for await (const each of withThoseBehind(tx, first)) {
        const reason = await this.drive(tx, handler, each);
        if (reason !== undefined) {
          failed = { id: each.id, reason };
          break;
        }
        redriven++;
      }
      const open = await openOf(tx, letter);
      await tx.query('COMMIT');
      return { redriven, open, ...(failed && { failed }) };
    });
  }

  /**
   * Redrives what is dead only because an older build did not know its event, where this one does. Several replicas may
   * do it at once: each letter is handled once.
   * @returns letters that are handled now
   */
  async redriveKnown(): Promise<number> {
    let redriven = 0;
    for (let after = '0', more = true; more; ) {
      const { rows } = await this.options.pool.query<DeadLetter>(
        `SELECT ${COLUMNS} FROM dead_letters
         WHERE consumer = ANY ($1) AND state = 'dead' AND starts_with(reason, $2) AND dead_letters.id > $3 ORDER BY dead_letters.id LIMIT ${PAGE}`,
        [[...this.handlers.keys()], UNKNOWN_EVENT, after],
      );
      for (const letter of rows) if (this.deliveryOf(letter).unreadable === undefined) redriven += await this.redriveIfThere(letter.id);
      after = rows.at(-1)?.id ?? after;
      more = rows.length === PAGE;
    }
    return redriven;
  }

  /** @returns how many are handled now; none where somebody else was faster */
  private async redriveIfThere(id: string): Promise<number> {
    try {
      return (await this.redrive(id)).redriven;
    } catch (error) {
      if (error instanceof UnknownDeadLetterError) return 0;
      throw error;
    }
  }

  private async begin(tx: pg.PoolClient, id: string): Promise<{ letter: DeadLetter; handler: EventHandler }> {
    await tx.query('BEGIN');
    const found = await tx.query<{ consumer: string }>('SELECT consumer FROM dead_letters WHERE id = $1', [id]);
    const handler = this.handlers.get(found.rows[0]?.consumer ?? '');
    if (!handler) throw new UnknownDeadLetterError(`no handler here for dead letter ${id}`);
    await tx.query(lockConsumer(handler.name));
    const { rows } = await tx.query<DeadLetter>(`SELECT ${COLUMNS} FROM dead_letters WHERE id = $1 AND state = 'dead'`, [id]);
    const [letter] = rows;
    if (!letter) throw new UnknownDeadLetterError(`${id} is not a dead letter`);
    return { letter, handler };
  }

  private async fix(tx: pg.PoolClient, letter: DeadLetter, raw: string): Promise<DeadLetter> {
    const { subject, position } = this.deliveryOf({ ...letter, raw }).head;
    if (letter.stream !== null && (subject !== letter.stream || position !== letter.position)) {
      throw new UnknownDeadLetterError(`the text given for ${letter.id} is of another event`);
    }
    await tx.query('UPDATE dead_letters SET raw = $2 WHERE id = $1', [letter.id, raw]);
    return { ...letter, raw };
  }

  /** @returns why it could not be handled; then it is dead, and nothing of its effect is left */
  private async drive(tx: pg.PoolClient, handler: EventHandler, letter: DeadLetter): Promise<string | undefined> {
    const delivery = this.deliveryOf(letter);
    await tx.query('SAVEPOINT letter');
    try {
      if (delivery.unreadable !== undefined) throw new Error(delivery.unreadable);
      if (handler.wants?.has(delivery.head.type) ?? true) await handler.handle([delivery], tx);
      await tx.query(`UPDATE dead_letters SET state = 'redriven' WHERE id = $1`, [letter.id]);
      await tx.query('RELEASE SAVEPOINT letter');
      return undefined;
    } catch (error) {
      // Nothing is wrong with the letter: all stays as it was, to be tried again.
      if (isTransient(error)) throw error;
      const reason = messageOf(error);
      await tx.query('ROLLBACK TO SAVEPOINT letter');
      await tx.query(`UPDATE dead_letters SET state = 'dead', reason = $2 WHERE id = $1`, [letter.id, reason]);
      return reason;
    }
  }

  private deliveryOf(letter: DeadLetter): Delivery {
    return new Delivery(letter, this.known);
  }
}

/** However many wait, so many of them are in memory at once. */
const PAGE = 500;

/** The dead one, then those that waited behind it, in the order of their stream. */
async function* withThoseBehind(tx: pg.PoolClient, letter: DeadLetter): AsyncGenerator<DeadLetter> {
  yield letter;
  for (let after = letter.position, more = letter.stream !== null; more; ) {
    const { rows } = await tx.query<DeadLetter>(
      `SELECT ${COLUMNS} FROM dead_letters
       WHERE consumer = $1 AND source = $2 AND stream = $3 AND state = 'waiting' AND dead_letters.position > $4
       ORDER BY dead_letters.position LIMIT ${PAGE}`,
      [letter.consumer, letter.source, letter.stream, after],
    );
    yield* rows;
    after = rows.at(-1)?.position ?? after;
    more = rows.length === PAGE;
  }
}

/** How many of its stream are still to be handled; of what is not an event, itself. */
async function openOf(tx: pg.PoolClient, { id, consumer, source, stream }: DeadLetter): Promise<number> {
  const { rows } = await tx.query<{ open: number }>(
    `SELECT count(*)::int AS open FROM dead_letters
     WHERE consumer = $1 AND source = $2 AND state <> 'redriven' AND (stream = $3 OR dead_letters.id = $4)`,
    [consumer, source, stream, id],
  );
  return rows[0]?.open ?? 0;
}
