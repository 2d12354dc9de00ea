/** Events that come a second time: in their order, or in none. */
import { randomUUID } from 'node:crypto';
import { CLOUD_EVENTS_JSON, CONTEXTS } from '@pioche/contracts';
import { KafkaBroker, type Broker, type Outgoing } from '@pioche/event-bus';
import type { FaultKind } from './kind.js';

const AT_MOST = 300;

const again = (order: (messages: Outgoing[], random: () => number) => Outgoing[]): FaultKind => ({
  targets: CONTEXTS,
  forMs: [0, 0],
  weight: 1,
  holds: () => ['kafka'],
  async inject({ brokers, topicPrefix }, target, { random, signal }) {
    const broker = new KafkaBroker({ brokers, clientId: 'chaos' });
    try {
      const topic = `${topicPrefix}${target}`;
      const stretch = await read(broker, topic, random(), signal);
      if (stretch.length > 0) await (await broker.publisher()).publish(topic, order(stretch, random));
    } finally {
      await broker.close();
    }
    return () => {};
  },
});

/** A stretch of the topic's only partition, with the keys that the relay gives. @param place from 0, its beginning, to 1 */
async function read(broker: Broker, topic: string, place: number, signal: AbortSignal): Promise<Outgoing[]> {
  const end = (await broker.endOffsets(topic)).get(0) ?? 0;
  const from = Math.floor(place * end);
  const to = Math.min(end, from + AT_MOST);
  if (to === from) return [];
  const messages: Outgoing[] = [];
  const done = Promise.withResolvers<void>();
  const giveUp = AbortSignal.any([signal, AbortSignal.timeout(20_000)]);
  giveUp.addEventListener('abort', () => done.reject(new Error(`${topic} could not be read`)), { once: true });
  const subscriber = await broker.subscribe({
    group: `chaos.${randomUUID()}`,
    topics: [topic],
    startAt: () => Promise.resolve(from),
    onBatch({ messages: batch }) {
      for (const { offset, value } of batch) if (offset < to) messages.push({ key: subjectOf(value), value, contentType: CLOUD_EVENTS_JSON });
      const next = (batch.at(-1)?.offset ?? from) + 1;
      if (next >= to) done.resolve();
      return Promise.resolve(next);
    },
    onFailed: done.reject,
  });
  try {
    await done.promise;
  } finally {
    await subscriber.close();
  }
  return messages;
}

const subjectOf = (value: string): string => (JSON.parse(value) as { readonly subject: string }).subject;

/** Fisher and Yates. */
function shuffled(messages: Outgoing[], random: () => number): Outgoing[] {
  const mixed = [...messages];
  for (let left = mixed.length; left > 1; left -= 1) {
    const chosen = Math.floor(random() * left);
    mixed.push(...mixed.splice(chosen, 1));
  }
  return mixed;
}

export const againFaults = {
  redeliver: again((messages) => messages),
  reorder: again(shuffled),
} as const satisfies Readonly<Record<string, FaultKind>>;
