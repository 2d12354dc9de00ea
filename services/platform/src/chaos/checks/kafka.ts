/** Logs and topics: every event is published at least once, byte for byte, in order of its stream, and nothing else is. */
import { randomUUID } from 'node:crypto';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { deadLetterTopic, eventTopic, KafkaBroker } from '@pioche/event-bus';
import type { System } from '../system.js';
import { Findings, type Result } from './check.js';
import { placeOf, type Logs } from './logs.js';

export interface Published {
  readonly partition: number;
  readonly offset: number;
  readonly text: string;
}

export type Topics = Readonly<Record<ContextName, readonly Published[]>>;

const STEP_MS = 20;
const LIMIT_MS = 60_000;

/** Every record of the topics of all contexts, and how many dead letters there are. */
export async function readTopics({ brokers, topicPrefix }: Pick<System, 'brokers' | 'topicPrefix'>): Promise<{ readonly topics: Topics; readonly deadLetters: number }> {
  const broker = new KafkaBroker({ brokers: [...brokers], clientId: 'pioche-chaos' });
  try {
    const read = await Promise.all(CONTEXTS.map(async (context) => [context, await readTopic(broker, eventTopic(topicPrefix, context))] as const));
    const dead = await broker.endOffsets(deadLetterTopic(topicPrefix)).catch(() => new Map<number, number>());
    return { topics: Object.fromEntries(read) as Record<ContextName, Published[]>, deadLetters: [...dead.values()].reduce((sum, end) => sum + end, 0) };
  } finally {
    await broker.close();
  }
}

async function readTopic(broker: KafkaBroker, topic: string): Promise<Published[]> {
  const ends = await broker.endOffsets(topic);
  const published: Published[] = [];
  const next = new Map([...ends].map(([partition]) => [partition, 0]));
  let failed: Error | undefined;
  const subscriber = await broker.subscribe({
    group: `${topic}.chaos.${randomUUID()}`,
    topics: [topic],
    startAt: () => Promise.resolve(0),
    onBatch({ partition, messages }) {
      for (const { offset, value } of messages) published.push({ partition, offset, text: value });
      const after = (messages.at(-1)?.offset ?? (next.get(partition) ?? 0) - 1) + 1;
      next.set(partition, after);
      return Promise.resolve(after);
    },
    onFailed: (error) => (failed = error),
  });
  try {
    const missing = () => [...ends].some(([partition, end]) => (next.get(partition) ?? 0) < end);
    for (const limit = Date.now() + LIMIT_MS; missing(); ) {
      if (failed) throw failed;
      if (Date.now() > limit) throw new Error(`${topic} is not read to its end after ${LIMIT_MS / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    }
    return published;
  } finally {
    await subscriber.close();
  }
}

const positionIn = (text: string): number => Number(/,"position":"(\d+)"/.exec(text)?.[1] ?? Number.NaN);

/** Every event stands in its topic at least once, and every record of a topic is an event of the log. */
export function everyEventIsPublished(logs: Logs, topics: Topics): Result {
  const findings = new Findings('every event is in Kafka, byte for byte');
  for (const context of CONTEXTS) {
    const texts = new Map(topics[context].map(({ text }) => [text, 0]));
    for (const logged of logs[context]) if (!texts.delete(logged.text)) findings.add(`${placeOf(logged)} was never published as it stands in the log`);
    for (const text of texts.keys()) findings.add(`${context}'s topic has what is not in the log: ${text.slice(0, 160)}`);
  }
  return findings.result(CONTEXTS.reduce((sum, context) => sum + logs[context].length, 0));
}

/** What is there for the first time comes after all that was there before it, in each partition. Repeats do no harm. */
export function publishedInOrder(topics: Topics): Result {
  const findings = new Findings('first occurrences in Kafka are in order');
  let seen = 0;
  for (const context of CONTEXTS) {
    for (const [partition, records] of Map.groupBy(topics[context], (record) => record.partition)) {
      const known = new Set<number>();
      let last = 0;
      for (const { offset, text } of records.toSorted((a, b) => a.offset - b.offset)) {
        const position = positionIn(text);
        if (known.has(position)) continue;
        seen += 1;
        known.add(position);
        if (position < last) findings.add(`${context}: partition ${partition}, offset ${offset}: position ${position} after ${last}`);
        last = Math.max(last, position);
      }
    }
  }
  return findings.result(seen);
}

/** How often records stand there again, for people. */
export const repeatsIn = (topics: Topics): number => CONTEXTS.reduce((sum, context) => sum + topics[context].length - new Set(topics[context].map(({ text }) => text)).size, 0);

