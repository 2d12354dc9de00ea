/** Kafka's own measuring tools, from the jars that the local broker runs on. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kafkaBrokers } from '@pioche/testing';

const LIB = fileURLToPath(new URL('../../.pioche/kafka/lib', import.meta.url));
const run = promisify(execFile);

/** @throws Error when this run has no Kafka */
export function brokersOfThisRun(): string[] {
  const brokers = kafkaBrokers();
  if (!brokers) throw new Error('no Kafka: run it with `npm run bench`, or set KAFKA_BROKERS');
  return brokers;
}

async function java(tool: string, args: readonly string[]): Promise<string> {
  if (!existsSync(LIB)) throw new Error('no Kafka jars: `npm run bench` fetches them where it starts the broker itself');
  const { stdout } = await run('java', ['-Xmx256m', '-cp', join(LIB, '*'), `org.apache.kafka.tools.${tool}`, ...args]);
  return stdout;
}

/** Kafka's producer, as durable as ours: every replica has each record, once. @returns records per second */
export async function producerPerformance(topic: string, records: number, bytes: number): Promise<number> {
  const said = await java('ProducerPerformance', [
    '--topic', topic, '--num-records', String(records), '--record-size', String(bytes), '--throughput', '-1',
    '--producer-props', `bootstrap.servers=${brokersOfThisRun().join()}`, 'acks=all', 'enable.idempotence=true',
  ]);
  return Number(new RegExp(`^${records} records sent, ([\\d.]+) records/sec`, 'm').exec(said)?.[1]);
}

/** Kafka's consumer, which throws away what it has read. @returns records per second, without and with joining its group */
export async function consumerPerformance(topic: string, records: number): Promise<{ fetching: number; joining: number }> {
  const said = await java('ConsumerPerformance', ['--bootstrap-server', brokersOfThisRun().join(), '--topic', topic, '--messages', String(records), '--hide-header']);
  const [, , , , , perSecond, , , , fetchedPerSecond] = said.trim().split('\n').at(-1)?.split(', ') ?? [];
  return { fetching: Number(fetchedPerSecond), joining: Number(perSecond) };
}

/** One record after the other through the broker and back. @returns milliseconds */
export async function endToEndLatency(topic: string, records: number, bytes: number): Promise<{ p50: number; p99: number }> {
  const said = await java('EndToEndLatency', [brokersOfThisRun().join(), topic, String(records), 'all', String(bytes)]);
  const [, p50, p99] = /50th = (\d+), 99th = (\d+)/.exec(said) ?? [];
  return { p50: Number(p50), p99: Number(p99) };
}
