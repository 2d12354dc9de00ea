/** What every source shares: a batch, its effects and its checkpoint in one transaction; retries; dead letters. */
import type { ContextName } from '@pioche/contracts';
import type pg from 'pg';
import { beginBatch, commitBatch, type Checkpoint } from './checkpoints.js';
import { storeParked, type Parked } from './dead-letter.js';
import type { Delivery } from './delivery.js';
import { isTransient, messageOf } from './errors.js';
import { Passing } from './passing.js';
import { backOff, pause } from './pause.js';
import { inSlices } from './pace.js';
import { sortBatch } from './sorting.js';
import type { EventHandler } from './source.js';
import { inTheirTrace, withSpans, type Origin } from './tracing.js';
import { inTransaction } from './transaction.js';

/** Takes dead letters to where people look, before they are committed: twice rather than never. */
export type DeadLetterSink = (consumer: string, dead: readonly Parked[]) => Promise<void>;

/** What a consumer did in one transaction. */
export interface Handled {
  readonly consumer: string;
  readonly source: ContextName;
  /** Events that the handler was given. */
  readonly events: number;
  /** When the first of them was written, by the wall clock of its log. */
  readonly oldest: string;
  /** Milliseconds that the transaction took. */
  readonly ms: number;
}

export interface ConsumerOptions {
  /** The consumer's own database: its tables and `eventBusMigrations`. */
  readonly pool: pg.Pool;
  readonly deadLetters?: DeadLetterSink | undefined;
  /** How often a failing batch is tried before it is taken apart, and a single event before it is parked. Default 5. */
  readonly attempts?: number | undefined;
  readonly onTrouble?: ((error: unknown) => void) | undefined;
  /** Called after each commit of something handled. */
  readonly onHandled?: ((handled: Handled) => void) | undefined;
  /** What traces say of where its events come from. Default: logs. */
  readonly origin?: Origin | undefined;
}

export interface Batch {
  readonly deliveries: readonly [Delivery, ...Delivery[]];
  /** Where the source goes on after it; absent where the source has no offsets of its own. */
  readonly nextOffset?: number | undefined;
}

export const batchOf = (deliveries: readonly Delivery[], nextOffset?: number): Batch | undefined => {
  const [first, ...rest] = deliveries;
  return first && { deliveries: [first, ...rest], nextOffset };
};

export class Consumer {
  private readonly attempts: number;
  private readonly passing: Passing;
  private readonly origin: Origin;

  constructor(
    readonly handler: EventHandler,
    private readonly options: ConsumerOptions,
  ) {
    this.attempts = options.attempts ?? 5;
    this.origin = options.origin ?? { system: 'pioche', destinationOf: (source) => source, group: handler.name };
    this.passing = new Passing(options.pool, (error) => options.onTrouble?.(error));
  }

  /** Brings the checkpoint in the database to what has passed. */
  settle(): Promise<void> {
    return this.passing.save();
  }

  /**
   * Applies a batch of one partition, in order: each of its events has its effect once, or is parked. Tries for as long
   * as it takes where the trouble may pass.
   * @returns the checkpoint after it; nothing when `signal` ended it
   */
  async apply(batch: Batch, signal: AbortSignal, attempts = this.attempts): Promise<Checkpoint | undefined> {
    let refused = 0;
    const passed = this.pass(batch);
    if (passed) return passed;
    await inSlices(batch.deliveries, (delivery) => delivery.prepare(this.handler.wants));
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        return await this.transact(batch);
      } catch (error) {
        inTheirTrace(batch.deliveries, () => this.options.onTrouble?.(error));
        if (!isTransient(error) && ++refused >= attempts) return await this.isolate(batch, messageOf(error), signal);
        await pause(backOff(attempt), signal);
      }
    }
    return undefined;
  }

  /** Halves a batch that cannot be handled until the event that cannot is alone. */
  private async isolate(batch: Batch, reason: string, signal: AbortSignal): Promise<Checkpoint | undefined> {
    const { deliveries, nextOffset } = batch;
    if (deliveries.length === 1) return await this.park(batch, reason, signal);
    const middle = deliveries.length >> 1;
    const second = deliveries[middle];
    const halves = [batchOf(deliveries.slice(0, middle), nextOffset && second?.offset), batchOf(deliveries.slice(middle), nextOffset)];
    let checkpoint: Checkpoint | undefined;
    for (const half of halves) {
      if (half) checkpoint = await this.apply(half, signal, half.deliveries.length === 1 ? this.attempts : 1);
    }
    return checkpoint;
  }

  private async park(batch: Batch, reason: string, signal: AbortSignal): Promise<Checkpoint | undefined> {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        return await this.transact(batch, reason);
      } catch (error) {
        inTheirTrace(batch.deliveries, () => this.options.onTrouble?.(error));
        await pause(backOff(attempt), signal);
      }
    }
    return undefined;
  }

  /** @param deadFor why the batch's one event is parked instead of handled */
  private transact({ deliveries, nextOffset }: Batch, deadFor?: string): Promise<Checkpoint> {
    const { name } = this.handler;
    const [{ source, partition }] = deliveries;
    const begun = performance.now();
    let given: readonly Delivery[] = [];
    return inTransaction(this.options.pool, async (tx) => {
      const place = { consumer: name, source, partition };
      const { checkpoint, blocked } = await beginBatch(tx, place);
      const { handled, parked, position } = sortBatch(deliveries, { checkpoint, blocked, hasOffsets: nextOffset !== undefined, deadFor });
      const wanted = this.wanted(handled);
      if (wanted.length > 0) await withSpans(wanted, this.origin, () => this.handler.handle(wanted, tx));
      given = wanted;
      if (parked.length > 0) await this.store(tx, parked);
      // A topic that was made anew begins again: its offsets go back.
      const to = { nextOffset: nextOffset ?? checkpoint.nextOffset, position };
      await commitBatch(tx, place, to);
      return to;
    }).then((to) => {
      this.passing.wrote({ consumer: name, source, partition }, to);
      const [oldest] = given;
      if (oldest) this.options.onHandled?.({ consumer: name, source, events: given.length, oldest: oldest.head.recordedTime, ms: performance.now() - begun });
      return to;
    });
  }

  /** @returns the checkpoint after a batch with nothing for the handler in it; nothing where it has to be looked at */
  private pass({ deliveries, nextOffset }: Batch): Checkpoint | undefined {
    const { name, wants } = this.handler;
    if (!wants || deliveries.some((delivery) => delivery.unreadable !== undefined || wants.has(delivery.attributes.type))) return undefined;
    const [{ source, partition }] = deliveries;
    return this.passing.note({ consumer: name, source, partition }, { nextOffset, position: deliveries.at(-1)?.position ?? 0 });
  }

  private wanted(deliveries: readonly Delivery[]): readonly Delivery[] {
    const { wants } = this.handler;
    return wants ? deliveries.filter((delivery) => wants.has(delivery.attributes.type)) : deliveries;
  }

  private async store(tx: pg.PoolClient, parked: readonly Parked[]): Promise<void> {
    await storeParked(tx, this.handler.name, parked);
    const dead = parked.filter(({ state }) => state === 'dead');
    if (dead.length > 0) await this.options.deadLetters?.(this.handler.name, dead);
  }
}
