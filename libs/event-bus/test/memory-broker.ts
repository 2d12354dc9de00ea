/** One topic in memory, as a broker would keep it, whose answers can be held back. */
import type { Broker, Outgoing, Publisher, Subscriber } from '../src/index.js';

export class MemoryBroker implements Broker {
  /** What the topic has, in its order; all relays of a test share it. */
  constructor(
    private readonly topic: Outgoing[],
    /** Waits, as a request does on its way, or its sender before it sends. */
    private readonly onTheWay: (messages: readonly Outgoing[]) => Promise<void>,
  ) {}

  ensureTopic(): Promise<void> {
    return Promise.resolve();
  }

  endOffsets(): Promise<ReadonlyMap<number, number>> {
    return Promise.resolve(new Map([[0, this.topic.length]]));
  }

  startOffsets(): Promise<ReadonlyMap<number, number>> {
    return Promise.resolve(new Map([[0, 0]]));
  }

  lastValues(): Promise<readonly string[]> {
    return Promise.resolve(this.topic.slice(-1).map(({ value }) => value));
  }

  publisher(): Promise<Publisher> {
    return Promise.resolve({
      publish: async (_topic: string, messages: readonly Outgoing[]) => {
        await this.onTheWay(messages);
        this.topic.push(...messages);
      },
      close: () => Promise.resolve(),
    });
  }

  subscribe(): Promise<Subscriber> {
    return Promise.reject(new Error('nobody reads here'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
