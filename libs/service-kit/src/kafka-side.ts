/** What a service has to do with Kafka: it publishes its own log, and follows the topics of others. */
import type { EventGroup } from '@pioche/contracts';
import { eventTopic, KafkaBroker, KafkaSource, KafkaTicks, Relay, type Handled, type RelayRole } from '@pioche/event-bus';
import type { EventStore } from '@pioche/event-store';
import { SimulatedClock, type Clock } from '@pioche/kernel';
import type { Logger } from 'pino';
import type { ServiceConfig } from './config.js';
import type { Database } from './database.js';
import { answers, type Check } from './health.js';
import { useTopics } from './topic-prefixes.js';

/** Milliseconds that a relay may be in trouble before it counts as failed. */
const PATIENCE_MS = 60_000;

export interface KafkaSideOptions {
  readonly config: ServiceConfig;
  readonly database: Database;
  readonly store: EventStore;
  readonly groups: readonly EventGroup[];
  readonly logger: Logger;
  readonly clock: Clock;
  readonly onHandled: (handled: Handled) => void;
}

export interface KafkaSide {
  readonly source: KafkaSource;
  readonly relay: { readonly status: 'running' | 'stalled' | 'failed'; readonly problem: string | undefined; readonly position: number; readonly role: RelayRole; readonly published: number; lag(): Promise<number> };
  /** Whether it answers. */
  readonly check: Check;
  close(): Promise<void>;
}

export async function openKafka({ config, database, store, groups, logger, clock, onHandled }: KafkaSideOptions): Promise<KafkaSide> {
  const prefix = config.topicPrefix;
  await useTopics(database.pool, prefix);
  const broker = new KafkaBroker({ brokers: config.kafkaBrokers, security: config.kafkaSecurity, clientId: `pioche-${store.context}`, log: (line) => logger.debug(line) });
  const source = new KafkaSource({
    broker,
    pool: database.consumerPool,
    groups,
    service: store.context,
    prefix,
    onTrouble: (consumer, error) => logger.warn({ consumer, err: error }, 'a consumer is in trouble'),
    onHandled,
  });
  const relay = new Relay({
    store,
    pool: database.consumerPool,
    broker,
    prefix,
    onTrouble: (error) => logger.warn({ err: error }, 'the relay is in trouble'),
  });
  const ticks = clock instanceof SimulatedClock ? await listenToTicks(broker, prefix, clock) : undefined;
  // Last: where the start fails before, nobody has its connection, which the end of the pool would wait for without end.
  relay.start();
  return {
    source,
    relay: {
      get status() {
        if (relay.failed) return 'failed';
        return Date.now() - (relay.troubledSince ?? Infinity) > PATIENCE_MS ? 'stalled' : 'running';
      },
      get problem() {
        return relay.problem;
      },
      get position() {
        return relay.position;
      },
      get role() {
        return relay.role;
      },
      get published() {
        return relay.published;
      },
      lag: () => relay.lag(),
    },
    check: answers('kafka', () => broker.endOffsets(eventTopic(prefix, store.context))),
    async close() {
      await ticks?.close();
      await source.close();
      await relay.close();
      await broker.close();
    },
  };
}

/** In a simulation of several processes, time is told on the control topic. */
async function listenToTicks(broker: KafkaBroker, prefix: string, clock: SimulatedClock): Promise<KafkaTicks> {
  const ticks = await KafkaTicks.open(broker, prefix);
  ticks.onTick((at) => clock.advance(at));
  return ticks;
}
