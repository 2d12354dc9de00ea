/**
 * A relay's events per second from a log in PostgreSQL to Kafka, beside Kafka's own producer performance tool: the same
 * broker, records of the same size, every replica's acknowledgement, idempotent. What the tool sends is made
 * in memory; the relay reads it, and moves its checkpoint after each acknowledgement.
 */
import { KafkaBroker, Relay } from '@pioche/event-bus';
import { eventually } from '@pioche/testing';
import { filledStore, newPrefix } from './allocations.js';
import { brokersOfThisRun, producerPerformance } from './kafka-tools.js';
import { besideEachOther, report, seconds } from './report.js';

const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 100_000);
const ROUNDS = 3;
/** A JVM begins slowly: the tool gets so many times the records. */
const WARM = 4;

const { database, store, bytes } = await filledStore(EVENTS);
const broker = new KafkaBroker({ brokers: brokersOfThisRun() });

async function newTopic(): Promise<string> {
  const prefix = newPrefix();
  await broker.ensureTopic(`${prefix}${store.context}`);
  return prefix;
}

const figures = await besideEachOther(
  ROUNDS,
  async () => producerPerformance(`${await newTopic()}${store.context}`, WARM * EVENTS, bytes),
  async () => {
    const relay = new Relay({ store, pool: database.pool, broker, prefix: await newTopic() });
    const spent = await seconds(async () => {
      relay.start();
      await eventually(() => {
        if (relay.published < EVENTS) throw new Error(`${relay.published} of ${EVENTS} published: ${relay.problem ?? 'too slow'}`);
      }, 30_000);
    });
    await relay.close();
    return EVENTS / spent;
  },
);
report({ bench: 'relay', events: EVENTS, record_bytes: bytes, ...figures, unit: 'events/s', reference: 'Kafka ProducerPerformance, acks=all, idempotent' });

await broker.close();
await store.close();
await database.drop();
