/** Simulated time, told to every process on the control topic, or within one. */
import { randomUUID } from 'node:crypto';
import { Instant } from '@pioche/kernel';
import type { Broker, Publisher, Subscriber } from './broker.js';
import { controlTopic } from './topics.js';

export interface Ticks {
  /** Tells everyone who listens that it is now `at`. Resolves when the broker has it. */
  tick(at: Instant): Promise<void>;
  /** Calls back at each tick from now on, never with an earlier one than before. @returns a function that ends it */
  onTick(listener: (at: Instant) => void): () => void;
  close(): Promise<void>;
}

/** Within one process. */
export class LocalTicks implements Ticks {
  private readonly listeners = new Set<(at: Instant) => void>();
  private latest: Instant = '';

  tick(at: Instant): Promise<void> {
    if (at > this.latest) {
      this.latest = at;
      for (const listener of this.listeners) listener(at);
    }
    return Promise.resolve();
  }

  onTick(listener: (at: Instant) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  close(): Promise<void> {
    this.listeners.clear();
    return Promise.resolve();
  }
}

export class KafkaTicks implements Ticks {
  private constructor(
    private readonly topic: string,
    private readonly publisher: Publisher,
    private readonly subscriber: Subscriber,
    private readonly local: LocalTicks,
  ) {}

  /** Resolves when this process hears every tick that is told from then on. @throws Error when the broker cannot be joined */
  static async open(broker: Broker, prefix: string): Promise<KafkaTicks> {
    const topic = controlTopic(prefix);
    await broker.ensureTopic(topic);
    const local = new LocalTicks();
    const starts = new Map(await broker.endOffsets(topic));
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => undefined);
    // A group of its own, which nobody remembers: every process hears every tick.
    const subscriber = await broker.subscribe({
      group: `${topic}.${randomUUID()}`,
      topics: [topic],
      startAt: (_topic, partition) => Promise.resolve(starts.get(partition) ?? 0),
      async onBatch({ partition, messages }) {
        for (const { value } of messages) await local.tick(tickOf(value) ?? '');
        const next = (messages.at(-1)?.offset ?? -1) + 1;
        starts.set(partition, next);
        return next;
      },
      onFailed: (error) => failed.reject(error),
    });
    await Promise.race([subscriber.joined, failed.promise]);
    return new KafkaTicks(topic, await broker.publisher(), subscriber, local);
  }

  async tick(at: Instant): Promise<void> {
    await this.publisher.publish(this.topic, [{ key: null, value: JSON.stringify({ at }), contentType: 'application/json' }]);
  }

  onTick(listener: (at: Instant) => void): () => void {
    return this.local.onTick(listener);
  }

  async close(): Promise<void> {
    await this.local.close();
    await Promise.all([this.subscriber.close(), this.publisher.close()]);
  }
}

/** Nothing where someone has put something else on the topic: time is not moved by what cannot be read. */
function tickOf(value: string): Instant | undefined {
  try {
    const tick: unknown = JSON.parse(value);
    const at = typeof tick === 'object' && tick !== null && 'at' in tick ? Instant.safeParse(tick.at) : undefined;
    return at?.data;
  } catch {
    return undefined;
  }
}
