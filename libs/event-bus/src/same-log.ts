/** Is a topic this log's? One that goes on where this log does not would tell consumers of what has never happened here. */
import type { EventStore } from '@pioche/event-store';

/** The topic ends with an event that is not in the log: it is another log's, or this log was restored to a moment before. */
export class TopicOfAnotherLogError extends Error {
  override readonly name = 'TopicOfAnotherLogError';
}

interface Told {
  readonly id: string;
  readonly position: number;
}

/** Nothing where somebody has put something else on the topic. */
function toldBy(value: string): Told | undefined {
  try {
    const event: unknown = JSON.parse(value);
    if (typeof event !== 'object' || event === null || !('id' in event) || !('position' in event)) return undefined;
    return { id: String(event.id), position: Number(event.position) };
  } catch {
    return undefined;
  }
}

/** @param lastValues the last records of the topic's partitions @throws TopicOfAnotherLogError */
export async function checkSameLog(topic: string, lastValues: readonly string[], store: Pick<EventStore, 'readRaw' | 'head'>): Promise<void> {
  for (const told of lastValues.map(toldBy)) {
    if (told === undefined) continue;
    const [own] = await store.readRaw({ after: told.position - 1, limit: 1 });
    if (own?.id === told.id && own.position === told.position) continue;
    const head = await store.head();
    throw new TopicOfAnotherLogError(
      `${topic} ends with event ${told.id} at position ${told.position}, which is not in this log (its head is ${head}): a restored log needs new topics, so choose another TOPIC_PREFIX`,
    );
  }
}
