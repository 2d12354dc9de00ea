import type { Checkpoint } from './checkpoints.js';
import { attributesOf, type Parked } from './dead-letter.js';
import type { Delivery } from './delivery.js';

export interface Sorted {
  /** To be given to the handler, in order. */
  readonly handled: readonly Delivery[];
  readonly parked: readonly Parked[];
  /** Position after the batch. */
  readonly position: number;
}

interface Under {
  readonly checkpoint: Checkpoint;
  /** Streams that wait behind a dead letter. */
  readonly blocked: ReadonlySet<string>;
  /** Whether the deliveries' offsets are the source's own, as Kafka's are. */
  readonly hasOffsets: boolean;
  /** Why none of these can be handled, when that is known. */
  readonly deadFor?: string | undefined;
}

const WAITING = 'an earlier event of its stream is dead';

/**
 * What of a batch is still to be done, and what is parked. The position decides what is done already: a relay that was
 * cut off publishes again, so that one event can have several offsets, and a topic that is made anew has others. What is
 * not an event has only its offset.
 */
export function sortBatch(batch: readonly Delivery[], { checkpoint, blocked, hasOffsets, deadFor }: Under): Sorted {
  const streams = new Set(blocked);
  const handled: Delivery[] = [];
  const parked: Parked[] = [];
  let { position } = checkpoint;
  for (const delivery of batch) {
    const attributes = attributesOf(delivery);
    if (attributes) {
      if (attributes.position <= position) continue;
      position = attributes.position;
    } else if (hasOffsets) {
      if (delivery.offset < checkpoint.nextOffset) continue;
    } else {
      if (delivery.offset <= position) continue;
      position = delivery.offset;
    }
    const reason = delivery.unreadable ?? deadFor;
    if (attributes && streams.has(attributes.stream)) {
      parked.push({ delivery, state: 'waiting', reason: WAITING });
    } else if (reason !== undefined) {
      parked.push({ delivery, state: 'dead', reason });
      if (attributes) streams.add(attributes.stream);
    } else {
      handled.push(delivery);
    }
  }
  return { handled, parked, position };
}
