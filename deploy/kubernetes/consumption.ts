/** Whose events each context reads through Kafka, as its declaration has it. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { declarationOf } from '@pioche/service-kit';
import type { EventHandler } from '@pioche/event-bus';
import { MODULES } from '../../services/platform/src/modules.js';

/** Its sources are data; what it would do its work with is not needed to ask for them. */
function sourcesOf(handler: new (...args: never[]) => EventHandler): readonly ContextName[] {
  const made: EventHandler = Reflect.construct(handler, []);
  return made.sources;
}

/** Other contexts, in their usual order. */
export function readsOf(context: ContextName): ContextName[] {
  const { readModels, reactions = [], handlers = [] } = declarationOf(MODULES[context]);
  const sources = new Set([...readModels.flatMap((model) => model.sources), ...reactions.map(({ source }) => source), ...handlers.flatMap(sourcesOf)]);
  sources.delete(context);
  return CONTEXTS.filter((one) => sources.has(one));
}
