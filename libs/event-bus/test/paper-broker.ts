/** A broker of one partition per topic, in memory, that refuses or waits when a test says so. */
import type { Broker, Outgoing, Publisher, Subscriber, SubscriberOptions } from '../src/broker.js';

export class PaperBroker implements Broker {
  readonly records: Outgoing[] = [];
  /** Runs before a request is taken; what it throws, the publisher is told instead of an acknowledgement. */
  beforeTaking: (messages: readonly Outgoing[]) => Promise<void> = async () => {};
  /** First offset that is still there. */
  begins = 0;
  subscriber: SubscriberOptions | undefined;

  async ensureTopic(): Promise<void> {}

  async endOffsets(): Promise<ReadonlyMap<number, number>> {
    return new Map([[0, Math.max(this.begins, this.records.length)]]);
  }

  async startOffsets(): Promise<ReadonlyMap<number, number>> {
    return new Map([[0, this.begins]]);
  }

  async lastValues(): Promise<readonly string[]> {
    return this.records.slice(-1).map(({ value }) => value);
  }

  async publisher(): Promise<Publisher> {
    return {
      publish: async (_topic, messages) => {
        await this.beforeTaking(messages);
        this.records.push(...messages);
      },
      close: async () => {},
    };
  }

  async subscribe(options: SubscriberOptions): Promise<Subscriber> {
    this.subscriber = options;
    return { joined: Promise.resolve(), rejoin: async () => {}, close: async () => {} };
  }

  async close(): Promise<void> {}
}
