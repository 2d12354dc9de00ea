/** What is asked of a message broker: so little that another client can take kafkajs' place. */

export interface Outgoing {
  /** Decides the partition: one key, one order. */
  readonly key: string | null;
  readonly value: string;
  readonly contentType: string;
  /** Headers beside the content type. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Incoming {
  readonly offset: number;
  readonly value: string;
}

export interface IncomingBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly Incoming[];
  /** Offset that the partition's next message will get. */
  readonly endOffset: number;
  /** Aborts when the partition is taken away, or the subscriber stops: what is not done by then is another's. */
  readonly signal: AbortSignal;
}

export interface SubscriberOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** Where a partition that has just been given to this subscriber starts; what Kafka remembers does not count. */
  startAt(topic: string, partition: number): Promise<number>;
  /** Batches come one after the other. @returns the offset to go on from; nothing when the signal ended it */
  onBatch(batch: IncomingBatch): Promise<number | undefined>;
  /** Partitions are given out anew: those so far are gone. */
  onUnassigned?(): void;
  /** The broker has answered. */
  onContact?(): void;
  /** Something is wrong that may pass. */
  onTrouble?(error: Error): void;
  /** It has ended for good. */
  onFailed(error: Error): void;
}

export interface Subscriber {
  /** Resolves when the first partitions have been given out. */
  readonly joined: Promise<void>;
  /** Leaves the group and joins it again, so that partitions are given out anew. */
  rejoin(): Promise<void>;
  close(): Promise<void>;
}

export interface Publisher {
  /** Resolves when every in-sync replica has them all; in order per key. */
  publish(topic: string, messages: readonly Outgoing[]): Promise<void>;
  close(): Promise<void>;
}

export interface TopicOptions {
  /** Of a topic that is not there yet. Default 1. */
  readonly partitions?: number;
  /** Default: the broker's. */
  readonly replicas?: number;
}

export interface Broker {
  /** Makes the topic where it is missing; its messages are kept for ever. */
  ensureTopic(topic: string, options?: TopicOptions): Promise<void>;
  /** Next offset of each partition. */
  endOffsets(topic: string): Promise<ReadonlyMap<number, number>>;
  /** First offset that is still there, of each partition. */
  startOffsets(topic: string): Promise<ReadonlyMap<number, number>>;
  /** The last record's value of each partition that has any. */
  lastValues(topic: string): Promise<readonly string[]>;
  publisher(): Promise<Publisher>;
  subscribe(options: SubscriberOptions): Promise<Subscriber>;
  close(): Promise<void>;
}
