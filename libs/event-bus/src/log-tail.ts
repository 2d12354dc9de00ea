/** Events straight from the stores' logs: a context's own, and in the embedded shape without Kafka those of the others. */
import type { ContextName, EventGroup } from '@pioche/contracts';
import type pg from 'pg';
import { readCheckpoints, START } from './checkpoints.js';
import { batchOf, Consumer, type Handled } from './consumer.js';
import { KnownEvents, type Delivery } from './delivery.js';
import { AdvisoryLocks } from './locks.js';
import { rest } from './pace.js';
import { backOff, pause } from './pause.js';
import { NOTHING_WAITS, Progress, type Patience } from './progress.js';
import { DEFAULT_BATCH, type Consumption, type ConsumeOptions, type EventHandler, type EventSource } from './source.js';
import { SharedTail, type Log } from './shared-tail.js';

export interface LogTailOptions extends Patience {
  /** The consumers' own database. One of its connections is kept for locks. */
  readonly pool: pg.Pool;
  readonly stores: readonly Log[];
  /** Every event that handlers may meet. */
  readonly groups: readonly EventGroup[];
  readonly attempts?: number;
  /** Milliseconds between two looks that nobody has called for. Default 2,000: less than a sign of life may be away. */
  readonly netMs?: number | undefined;
  readonly onTrouble?: (consumer: string, error: unknown) => void;
  readonly onHandled?: ((handled: Handled) => void) | undefined;
}

export class LogTailSource implements EventSource {
  private readonly tails = new Map<ContextName, SharedTail>();
  private readonly locks: AdvisoryLocks;
  private readonly running = new Set<LogTailConsumption>();

  constructor(private readonly options: LogTailOptions) {
    const known = new KnownEvents(options.groups);
    for (const store of options.stores) this.tails.set(store.context, new SharedTail(store, known, options.netMs));
    this.locks = new AdvisoryLocks(options.pool);
  }

  /** @throws Error when the store of one of its sources is not here, or it was fed from several Kafka partitions */
  async consume(handler: EventHandler, { batchSize = DEFAULT_BATCH }: ConsumeOptions = {}): Promise<Consumption> {
    const tails = handler.sources.map((source) => {
      const tail = this.tails.get(source);
      if (!tail) throw new Error(`${handler.name}: the log of ${source} is not read here`);
      return { source, tail };
    });
    for (const { source } of tails) await this.checkPartitions(handler.name, source);
    const progress = new Progress(this.options);
    const onTrouble = (error: unknown) => {
      progress.troubled(error);
      this.options.onTrouble?.(handler.name, error);
    };
    const consumer = new Consumer(handler, { pool: this.options.pool, attempts: this.options.attempts, onTrouble, onHandled: this.options.onHandled });
    const consumption = new LogTailConsumption(consumer, this.options.pool, this.locks, progress, onTrouble, batchSize);
    this.running.add(consumption);
    for (const { source, tail } of tails) consumption.start(source, tail);
    return consumption;
  }

  /** Ends every consumption. */
  async close(): Promise<void> {
    await Promise.all([...this.running].map((consumption) => consumption.close()));
    for (const tail of this.tails.values()) tail.close();
    await this.locks.close();
  }

  /** From several partitions no single position follows: what is done of one may be open in another. */
  private async checkPartitions(consumer: string, source: ContextName): Promise<void> {
    const checkpoints = await readCheckpoints(this.options.pool, consumer, source);
    if ([...checkpoints.keys()].some((partition) => partition > 0)) {
      throw new Error(`${consumer} was fed from several Kafka partitions of ${source}: it cannot go on from the log`);
    }
  }
}

class LogTailConsumption implements Consumption {
  private readonly stopping = new AbortController();
  private readonly loops: Promise<void>[] = [];
  readonly lag = () => this.progress.lag();
  readonly position = (source: ContextName) => this.progress.position(source);
  readonly onProgress: Consumption['onProgress'] = (listener) => this.progress.onProgress(listener);

  constructor(
    private readonly consumer: Consumer,
    private readonly pool: pg.Pool,
    private readonly locks: AdvisoryLocks,
    private readonly progress: Progress,
    private readonly onTrouble: (error: unknown) => void,
    private readonly batchSize: number,
  ) {}

  get status() {
    return this.progress.status;
  }

  get problem() {
    return this.progress.problem;
  }

  start(source: ContextName, tail: SharedTail): void {
    this.progress.assigned(source, 0, 0, NOTHING_WAITS);
    this.loops.push(this.run(source, tail));
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.loops);
    await this.consumer.settle();
  }

  /** Follows the log while this replica is the one that does; another waits for the lock. */
  private async run(source: ContextName, tail: SharedTail): Promise<void> {
    const { signal } = this.stopping;
    const lock = `log tail ${this.consumer.handler.name} ${source}`;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const lost = await this.locks.acquire(lock, signal, () => this.progress.alive(source));
      if (!lost) return;
      try {
        await this.follow(source, tail, AbortSignal.any([signal, lost]), () => void (attempt = 0));
      } catch (error) {
        this.onTrouble(error);
      }
      await this.locks.release(lock);
      this.progress.assigned(source, 0, this.progress.position(source), NOTHING_WAITS);
      await pause(backOff(attempt), signal);
    }
  }

  private async follow(source: ContextName, tail: SharedTail, signal: AbortSignal, onProgress: () => void): Promise<void> {
    let { position } = (await readCheckpoints(this.pool, this.consumer.handler.name, source)).get(0) ?? START;
    let ahead: Promise<readonly Delivery[]> | undefined;
    let atWork = 0;
    // Others read the tail on while this one is at work.
    const waiting = () => Math.max(tail.knownAfter(position), atWork, ahead ? 1 : 0);
    this.progress.assigned(source, 0, position, waiting);
    while (!signal.aborted) {
      const mark = tail.mark();
      const deliveries = await (ahead ?? tail.read(position, this.batchSize));
      ahead = undefined;
      const batch = batchOf(deliveries);
      if (!batch) {
        this.progress.alive(source);
        await tail.appendedSince(mark, signal);
        continue;
      }
      const begun = performance.now();
      const end = deliveries.at(-1)?.offset ?? position;
      if (deliveries.length === this.batchSize) ahead = tail.read(end, this.batchSize);
      ahead?.catch(() => undefined);
      atWork = deliveries.length;
      if (!(await this.consumer.apply(batch, signal))) return;
      [position, atWork] = [end, 0];
      this.progress.moved(source, 0, position);
      onProgress();
      await rest(deliveries.length === this.batchSize, begun, signal);
    }
  }
}
