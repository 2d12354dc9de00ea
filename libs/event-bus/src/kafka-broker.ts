/** The broker port over kafkajs 2.2; nothing else imports it. */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setTimeout } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners, type Admin, type ICustomPartitioner, type ISocketFactory, type KafkaConfig, type Message } from 'kafkajs';
import type { Broker, Outgoing, Publisher, Subscriber, SubscriberOptions, TopicOptions } from './broker.js';
import { KafkaSubscriber } from './kafka-subscriber.js';
import { silenceWarning } from './silence.js';
import { endWhenSilent } from './silent-socket.js';

/** Milliseconds without an answer after which a connection is given up: longer than any request may take, a rebalance (15 s) too. */
const SILENT_MS = 20_000;

/** kafkajs' own leaves Nagle's algorithm on: a small request then waits up to 40 ms for an acknowledgement. */
const promptSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = ssl ? connectTls({ host, port, servername: host, ...ssl }, onConnect) : connect({ host, port }, onConnect);
  return endWhenSilent(socket.setNoDelay(true).setKeepAlive(true, 60_000), SILENT_MS, 'Kafka');
};

/** How to come to brokers that do not let everybody in. */
export interface KafkaSecurity {
  /** Certificates of the authorities that may vouch for a broker, PEM. Absent: the connection is not encrypted. */
  readonly ca?: string | undefined;
  /** By SCRAM-SHA-512: the password itself is never sent. Absent: as nobody in particular. */
  readonly login?: { readonly username: string; readonly password: string } | undefined;
}

export interface KafkaBrokerOptions {
  readonly brokers: readonly string[];
  readonly security?: KafkaSecurity | undefined;
  readonly clientId?: string;
  /** Gets kafkajs' warnings and errors, one line each. Default: dropped, for what matters comes as status and error. */
  readonly log?: (line: string) => void;
}

const TOPIC_CONFIG = {
  'retention.ms': '-1',
  // An event larger than the usual limit (1 MiB) would stop its relay.
  'max.message.bytes': String(16 * 1024 ** 2),
};

/** The limit is per partition and request: this is below it on a topic that someone else has made. */
const REQUEST_BYTES = 900_000;
/** Key, header and framing of a record, roughly. */
const RECORD_OVERHEAD = 150;

const TRIES = 30;
const REST_MS = 200;

/** Error code of Kafka's protocol for a topic that is there already. */
const TOPIC_ALREADY_EXISTS = 36;

export class KafkaBroker implements Broker {
  private readonly kafka: Kafka;
  private admin: Promise<Admin> | undefined;
  private readonly open = new Set<{ close(): Promise<void> }>();

  constructor({ brokers, clientId = 'pioche', log, security = {} }: KafkaBrokerOptions) {
    silenceWarning('TimeoutNegativeWarning');
    this.kafka = new Kafka({
      ...kafkajsSecurity(security),
      clientId,
      brokers: [...brokers],
      socketFactory: promptSocket,
      logLevel: log ? logLevel.WARN : logLevel.NOTHING,
      logCreator: () => (entry) => log?.(`kafka: ${entry.log.message} ${JSON.stringify({ ...entry.log, logger: undefined, timestamp: undefined, message: undefined })}`),
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
    });
  }

  async ensureTopic(topic: string, { partitions = 1, replicas = -1 }: TopicOptions = {}): Promise<void> {
    const admin = await this.connectAdmin();
    // Where topics are another's to make, this process may see them, and not make any.
    if ((await admin.listTopics()).includes(topic)) return;
    const configEntries = Object.entries(TOPIC_CONFIG).map(([name, value]) => ({ name, value }));
    for (let left = TRIES; ; left -= 1) {
      try {
        await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions, replicationFactor: replicas, configEntries }] });
        return;
      } catch (error) {
        if (existsAlready(error)) return;
        // Just made, and not every broker has heard of it.
        if (left <= 1 || !isRetriable(error)) throw error;
        await setTimeout(REST_MS);
      }
    }
  }

  async endOffsets(topic: string): Promise<ReadonlyMap<number, number>> {
    return new Map((await this.offsetsOf(topic)).map(({ partition, high }) => [partition, Number(high)]));
  }

  async startOffsets(topic: string): Promise<ReadonlyMap<number, number>> {
    return new Map((await this.offsetsOf(topic)).map(({ partition, low }) => [partition, Number(low)]));
  }

  /** A topic that is new, or whose leader is just changing, has no offsets for a moment; kafkajs asks once only. */
  private async offsetsOf(topic: string): Promise<Awaited<ReturnType<Admin['fetchTopicOffsets']>>> {
    const admin = await this.connectAdmin();
    for (let left = TRIES; ; left -= 1) {
      try {
        return await admin.fetchTopicOffsets(topic);
      } catch (error) {
        if (left <= 1 || !isRetriable(error)) throw error;
        await setTimeout(REST_MS);
      }
    }
  }

  async lastValues(topic: string): Promise<readonly string[]> {
    const [starts, ends] = await Promise.all([this.startOffsets(topic), this.endOffsets(topic)]);
    const wanted = new Set([...ends].filter(([partition, end]) => end > (starts.get(partition) ?? 0)).map(([partition]) => partition));
    if (wanted.size === 0) return [];
    const values: string[] = [];
    const read = Promise.withResolvers<void>();
    // kafkajs reads in groups only: this one is of its own, and remembered by nobody.
    const subscriber = await this.subscribe({
      group: `${topic}.last.${randomUUID()}`,
      topics: [topic],
      startAt: (_topic, partition) => Promise.resolve(Math.max(0, (ends.get(partition) ?? 0) - 1)),
      onBatch({ partition, messages }) {
        const last = messages.at(-1);
        if (last && wanted.delete(partition)) values.push(last.value);
        if (wanted.size === 0) read.resolve();
        return Promise.resolve((last?.offset ?? -1) + 1);
      },
      onFailed: read.reject,
    });
    try {
      await read.promise;
      return values;
    } finally {
      this.open.delete(subscriber);
      await subscriber.close();
    }
  }

  async publisher(): Promise<Publisher> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: partitioner,
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
    });
    await producer.connect();
    const publisher: Publisher = {
      async publish(topic, messages) {
        for (const request of requestsOf(messages)) await producer.send({ topic, acks: -1, messages: request });
      },
      close: async () => {
        this.open.delete(publisher);
        await producer.disconnect();
      },
    };
    this.open.add(publisher);
    return publisher;
  }

  async subscribe(options: SubscriberOptions): Promise<Subscriber> {
    const subscriber = await KafkaSubscriber.start(this.kafka, options);
    this.open.add(subscriber);
    return subscriber;
  }

  async close(): Promise<void> {
    await Promise.all([...this.open].map((each) => each.close()));
    await (await this.admin)?.disconnect();
    this.admin = undefined;
  }

  private connectAdmin(): Promise<Admin> {
    this.admin ??= (async () => {
      const admin = this.kafka.admin();
      await admin.connect();
      return admin;
    })();
    this.admin.catch(() => void (this.admin = undefined));
    return this.admin;
  }
}

const kafkajsSecurity = ({ ca, login }: KafkaSecurity): Pick<KafkaConfig, 'ssl' | 'sasl'> => ({
  ...(ca !== undefined && { ssl: { ca: [ca] } }),
  ...(login !== undefined && { sasl: { mechanism: 'scram-sha-512', ...login } }),
});

/** Java's, so that every client finds a key in the same partition; of one partition nothing needs to be computed. */
const partitioner: ICustomPartitioner = () => {
  const byKey = Partitioners.DefaultPartitioner();
  return (message) => (message.partitionMetadata.length === 1 ? 0 : byKey(message));
};

/** In order, each small enough to be taken. */
function requestsOf(messages: readonly Outgoing[]): Message[][] {
  const requests: Message[][] = [];
  let room = 0;
  for (const { key, value, contentType, headers } of messages) {
    const bytes = Buffer.from(value);
    if (bytes.length > room) {
      requests.push([]);
      room = REQUEST_BYTES;
    }
    room -= bytes.length + RECORD_OVERHEAD;
    requests.at(-1)?.push({ key, value: bytes, headers: { 'content-type': contentType, ...headers } });
  }
  return requests;
}

const isRetriable = (error: unknown): boolean => error instanceof Error && 'retriable' in error && error.retriable === true;

/** Of several topics kafkajs throws one error that holds theirs. */
function existsAlready(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('code' in error && error.code === TOPIC_ALREADY_EXISTS) return true;
  return 'errors' in error && Array.isArray(error.errors) && error.errors.length > 0 && error.errors.every(existsAlready);
}
