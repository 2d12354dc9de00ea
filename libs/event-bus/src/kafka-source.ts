/** Events of other contexts, from their topics. */
import type { ContextName, EventGroup } from '@pioche/contracts';
import type pg from 'pg';
import type { Broker, IncomingBatch, Subscriber, TopicOptions } from './broker.js';
import { readCheckpoints, START } from './checkpoints.js';
import { batchOf, Consumer, type Handled } from './consumer.js';
import { deadLetterPublisher } from './dead-letter-topic.js';
import { Delivery, KnownEvents } from './delivery.js';
import { every } from './every.js';
import { Offsets } from './offsets.js';
import { rest } from './pace.js';
import { Progress, type Patience } from './progress.js';
import { DEFAULT_BATCH, type Consumption, type ConsumeOptions, type EventHandler, type EventSource } from './source.js';
import { eventTopic } from './topics.js';
import { Unread } from './unread.js';

const UNREAD_MS = 30_000;

export interface KafkaSourceOptions extends Patience, TopicOptions {
  readonly broker: Broker;
  /** The consumers' own database. */
  readonly pool: pg.Pool;
  /** Every event that handlers may meet. */
  readonly groups: readonly EventGroup[];
  /** A handler's Kafka group is `<prefix><service>.<name>`. */
  readonly service: string;
  /** What every topic's name begins with. */
  readonly prefix: string;
  readonly attempts?: number;
  /** Milliseconds between two looks whether there are partitions that nobody reads. Default 30,000. */
  readonly unreadMs?: number;
  readonly onTrouble?: (consumer: string, error: unknown) => void;
  readonly onHandled?: ((handled: Handled) => void) | undefined;
}

/** Events that the checkpoint still needs are no longer in the topic: going on would skip them. */
export class EventsLostError extends Error {
  override readonly name = 'EventsLostError';
}

export class KafkaSource implements EventSource {
  private readonly known: KnownEvents;
  private readonly running = new Set<Consumption>();
  private readonly deadLetters: ReturnType<typeof deadLetterPublisher>;

  constructor(private readonly options: KafkaSourceOptions) {
    this.known = new KnownEvents(options.groups);
    this.deadLetters = deadLetterPublisher(options.broker, options.prefix, options);
  }

  async consume(handler: EventHandler, { batchSize = DEFAULT_BATCH }: ConsumeOptions = {}): Promise<Consumption> {
    const { broker, prefix, service } = this.options;
    const group = `${prefix}${service}.${handler.name}`;
    const topics = new Map(handler.sources.map((source) => [eventTopic(prefix, source), source]));
    for (const topic of topics.keys()) await broker.ensureTopic(topic, this.options);
    const progress = new Progress(this.options);
    const onTrouble = (error: unknown) => {
      progress.troubled(error);
      this.options.onTrouble?.(handler.name, error);
    };
    const feed = new TopicFeed(handler, group, topics, this.known, progress, batchSize, this.options, this.deadLetters.publish, onTrouble);
    const subscriber = await broker.subscribe({
      group,
      topics: [...topics.keys()],
      startAt: (topic, partition) => feed.startAt(topic, partition),
      onBatch: (batch) => feed.onBatch(batch),
      onUnassigned: () => progress.unassigned(),
      onContact: () => progress.alive(),
      onTrouble,
      onFailed: (error) => progress.fail(error),
    });
    const unread = new Unread({ ends: (topic) => feed.endsOf(topic), pool: this.options.pool, consumer: handler.name, topics, holds: (source, partition) => progress.holds(source, partition) });
    const endWatch = every(this.options.unreadMs ?? UNREAD_MS, async () => {
      const found = await unread.look();
      if (found.length === 0) return;
      onTrouble(new Error(`nobody reads ${found.join(', ')}: joining its group again`));
      await subscriber.rejoin();
    }, { onTrouble });
    const consumption = consumptionOf(progress, subscriber, async () => {
      this.running.delete(consumption);
      await feed.settle();
    }, endWatch);
    this.running.add(consumption);
    return consumption;
  }

  /** Ends every consumption; the broker stays open. */
  async close(): Promise<void> {
    await Promise.all([...this.running].map((consumption) => consumption.close()));
    await this.deadLetters.close();
  }
}

function consumptionOf(progress: Progress, subscriber: Subscriber, onClosed: () => Promise<void>, endWatch: () => Promise<void>): Consumption {
  return {
    get status() {
      return progress.status;
    },
    get problem() {
      return progress.problem;
    },
    lag: () => progress.lag(),
    position: (source) => progress.position(source),
    onProgress: (listener) => progress.onProgress(listener),
    async close() {
      // Joining again has no end while the broker is away, but with the subscriber's.
      const watchEnded = endWatch();
      await subscriber.close();
      await watchEnded;
      await onClosed();
    },
  };
}

/** What one handler makes of the batches of its topics. */
class TopicFeed {
  private readonly consumer: Consumer;
  private readonly offsets = new Offsets();

  constructor(
    private readonly handler: EventHandler,
    group: string,
    private readonly topics: ReadonlyMap<string, ContextName>,
    private readonly known: KnownEvents,
    private readonly progress: Progress,
    private readonly batchSize: number,
    private readonly options: KafkaSourceOptions,
    deadLetters: ConstructorParameters<typeof Consumer>[1]['deadLetters'],
    onTrouble: (error: unknown) => void,
  ) {
    const origin = { system: 'kafka', destinationOf: (source: ContextName) => eventTopic(options.prefix, source), group } as const;
    this.consumer = new Consumer(handler, { pool: options.pool, attempts: options.attempts, deadLetters, onTrouble, onHandled: options.onHandled, origin });
  }

  /** The checkpoint; in a topic that was made anew, its beginning: what is done already is known by its position. */
  async startAt(topic: string, partition: number): Promise<number> {
    const source = this.sourceOf(topic);
    const checkpoint = (await readCheckpoints(this.options.pool, this.handler.name, source)).get(partition) ?? START;
    const [first, end] = await Promise.all([this.options.broker.startOffsets(topic), this.endsOf(topic)]);
    const start = checkpoint.nextOffset > (end.get(partition) ?? 0) ? 0 : checkpoint.nextOffset;
    if (start < (first.get(partition) ?? 0)) {
      const error = new EventsLostError(`${this.handler.name} is at offset ${start} of ${topic}/${partition}, which begins at ${first.get(partition)}`);
      this.progress.fail(error);
      throw error;
    }
    this.offsets.nextIs(topic, partition, start);
    this.progress.assigned(source, partition, checkpoint.position, this.offsets.waiting(topic, partition));
    return start;
  }

  /** As the broker says now; what waits is counted up to there. */
  async endsOf(topic: string): Promise<ReadonlyMap<number, number>> {
    const ends = await this.options.broker.endOffsets(topic);
    for (const [partition, end] of ends) this.offsets.endIs(topic, partition, end);
    return ends;
  }

  async onBatch({ topic, partition, messages, endOffset, signal }: IncomingBatch): Promise<number | undefined> {
    const source = this.sourceOf(topic);
    this.offsets.endIs(topic, partition, endOffset);
    let next: number | undefined;
    let behind = false;
    const begun = performance.now();
    for (let start = 0; start < messages.length; start += this.batchSize) {
      const chunk = messages.slice(start, start + this.batchSize);
      const deliveries = chunk.map(({ value, offset }) => new Delivery({ raw: value, source, partition, offset }, this.known));
      const after = (chunk.at(-1)?.offset ?? -1) + 1;
      const batch = batchOf(deliveries, after);
      const checkpoint = batch && (await this.consumer.apply(batch, signal));
      if (!checkpoint) return next;
      next = after;
      this.offsets.nextIs(topic, partition, after);
      behind = endOffset - after >= this.batchSize;
      this.progress.moved(source, partition, checkpoint.position);
    }
    await rest(behind, begun, signal);
    return next;
  }

  settle(): Promise<void> {
    return this.consumer.settle();
  }

  private sourceOf(topic: string): ContextName {
    const source = this.topics.get(topic);
    if (!source) throw new Error(`${topic} was not asked for`);
    return source;
  }
}
