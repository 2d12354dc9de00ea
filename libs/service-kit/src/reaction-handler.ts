/** A reaction as a consumer of events. */
import { contextOfEvent, type Delivery, type EventHandler } from '@pioche/event-bus';
import type { Clock } from '@pioche/kernel';
import type { Recorded } from '@pioche/contracts';
import { timeOfEvent } from './clock.js';
import { toolsOf, type ToolServices } from './commands/issue.js';
import type { Reaction } from './reaction.js';
import { inSpan } from './telemetry.js';

export interface ReactionServices extends ToolServices {
  readonly clock: Clock;
}

/**
 * What a reaction appends commits by itself, before the checkpoint moves: after a crash in between the event comes
 * again, and its commands are repeats that write nothing.
 */
export function reactionHandler(reaction: Reaction, services: ReactionServices): EventHandler {
  const reactTo = (event: Recorded): Promise<void> =>
    inSpan(`reaction ${reaction.name}`, event.traceparent, (traceparent) => {
      const now = timeOfEvent(event.time, services.clock);
      const tools = toolsOf(services, {
        key: ['reaction', reaction.name, event.id],
        actor: `reaction:${reaction.name}`,
        now,
        about: event.tenant,
        correlationId: event.correlationId,
        causationId: event.id,
        traceparent,
      });
      return reaction.react(event, tools);
    }, { parent: contextOfEvent(event.traceparent) });
  return {
    name: `reaction.${reaction.name}`,
    sources: [reaction.source],
    wants: reaction.wants,
    async handle(batch: readonly Delivery[]): Promise<void> {
      const streams = Map.groupBy(batch.map((delivery) => delivery.event), (event) => event.subject);
      await inParallel([...streams.values()], async (events) => {
        for (const event of events) await reactTo(event);
      });
    },
  };
}

/** Streams that are worked on at once: enough for their appends to share commits. */
const AT_ONCE = 256;

/** @throws the first failure, when what had begun has ended */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const item of rest) {
      if (failures.length > 0) return;
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
