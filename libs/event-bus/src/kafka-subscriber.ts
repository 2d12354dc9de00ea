/** A member of a consumer group that starts where its own database says, not where Kafka remembers. */
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Subscriber, SubscriberOptions } from './broker.js';
import { backOff, pause } from './pause.js';

const HEARTBEAT_MS = 500;
const COMMIT_EVERY_MS = 500;
/** What kafkajs ends a consumer for though it passes: a Kafka that is just starting has no coordinator yet. */
const PASSING: ReadonlySet<string> = new Set(['KafkaJSGroupCoordinatorNotFound', 'KafkaJSTimeout']);

export class KafkaSubscriber implements Subscriber {
  readonly joined: Promise<void>;
  private readonly stopping = new AbortController();
  /** Of the partitions as they are given out now. */
  private assignment = new AbortController();
  private placed: Promise<void> = Promise.resolve();
  private readonly commits = new Map<string, { topic: string; partition: number; offset: string }>();
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly consumer: Consumer,
    private readonly options: SubscriberOptions,
  ) {
    this.joined = new Promise((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        this.onAssigned(payload.memberAssignment);
        void this.placed.then(resolve);
      });
    });
    consumer.on(consumer.events.FETCH, () => options.onContact?.());
    consumer.on(consumer.events.REBALANCING, () => this.assignment.abort());
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.assignment.abort();
      if (!payload.restart && !passes(payload.error)) return options.onFailed(payload.error);
      options.onTrouble?.(payload.error);
      if (!payload.restart) void this.again();
    });
  }

  static async start(kafka: Kafka, options: SubscriberOptions): Promise<KafkaSubscriber> {
    const consumer = kafka.consumer({
      groupId: options.group,
      allowAutoTopicCreation: false,
      // The broker answers as soon as there is one byte: the wait is only how long it may keep a request open.
      minBytes: 1,
      maxWaitTimeInMs: 100,
      maxBytesPerPartition: 2 * 1024 ** 2,
      heartbeatInterval: HEARTBEAT_MS,
      sessionTimeout: 10_000,
      rebalanceTimeout: 15_000,
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
    });
    const subscriber = new KafkaSubscriber(consumer, options);
    await consumer.connect();
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
    await subscriber.run();
    return subscriber;
  }

  async close(): Promise<void> {
    this.stopping.abort();
    this.assignment.abort();
    clearInterval(this.timer);
    await this.commit();
    await this.consumer.disconnect();
  }

  async rejoin(): Promise<void> {
    this.assignment.abort();
    await this.consumer.stop();
    await this.again();
  }

  private run(): Promise<void> {
    return this.consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: (payload) => this.onBatch(payload) });
  }

  /** Starts a consumer that has ended; from then on its crashes are told again. */
  private async again(): Promise<void> {
    const { signal } = this.stopping;
    for (let attempt = 1; !signal.aborted; attempt++) {
      await pause(backOff(attempt), signal);
      if (signal.aborted) return;
      try {
        return await this.run();
      } catch (error) {
        this.options.onTrouble?.(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  /** Runs before the first fetch of a new assignment is asked for, and ends after it perhaps: then that one is stale. */
  private onAssigned(assignment: Readonly<Record<string, readonly number[]>>): void {
    this.assignment.abort();
    this.assignment = new AbortController();
    const { signal } = this.assignment;
    this.commits.clear();
    this.options.onUnassigned?.();
    const places = Object.entries(assignment).flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })));
    this.placed = this.place(places, signal);
  }

  private async place(places: readonly { topic: string; partition: number }[], signal: AbortSignal): Promise<void> {
    await Promise.all(places.map(({ topic, partition }) => this.placeOne(topic, partition, signal)));
  }

  private async placeOne(topic: string, partition: number, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        const offset = await this.options.startAt(topic, partition);
        if (!signal.aborted) this.consumer.seek({ topic, partition, offset: String(offset) });
        return;
      } catch (error) {
        this.options.onTrouble?.(error instanceof Error ? error : new Error(String(error)));
        await pause(backOff(attempt), signal);
      }
    }
  }

  private async onBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    await this.placed;
    const signal = AbortSignal.any([this.assignment.signal, this.stopping.signal]);
    if (payload.isStale() || signal.aborted || !payload.isRunning()) return;
    const { assignment } = this;
    const beat = setInterval(() => void payload.heartbeat().catch(() => assignment.abort()), HEARTBEAT_MS);
    try {
      const next = await this.options.onBatch({
        topic: batch.topic,
        partition: batch.partition,
        messages: batch.messages.map(({ offset, value }) => ({ offset: Number(offset), value: value?.toString('utf8') ?? '' })),
        endOffset: Number(batch.highWatermark),
        signal,
      });
      if (next === undefined || signal.aborted) return;
      payload.resolveOffset(String(next - 1));
      this.remember(batch.topic, batch.partition, next);
    } finally {
      clearInterval(beat);
    }
    await payload.heartbeat();
  }

  /** For tools that show lag: kept in memory for a moment, for the offset that counts is in the database. */
  private remember(topic: string, partition: number, next: number): void {
    this.commits.set(`${topic}/${partition}`, { topic, partition, offset: String(next) });
    this.timer ??= setInterval(() => void this.commit(), COMMIT_EVERY_MS).unref();
  }

  private async commit(): Promise<void> {
    const offsets = [...this.commits.values()];
    this.commits.clear();
    if (offsets.length > 0) await this.consumer.commitOffsets(offsets).catch(() => undefined);
  }
}

/** kafkajs wraps it, often more than once. */
const passes = (error: unknown): boolean => error instanceof Error && (PASSING.has(error.name) || passes(error.cause));
