/** When an event makes this context act. */
import type { ContextName, EventGroup, FactOf, Recorded } from '@pioche/contracts';
import type { Tools } from './commands/issue.js';

export interface Reaction {
  readonly name: string;
  readonly group: EventGroup;
  readonly source: ContextName;
  readonly wants: ReadonlySet<string>;
  react(event: Recorded, tools: Tools): Promise<void>;
}

type Names<G> = FactOf<G>['type'];
type EventOf<G, T extends string> = Recorded<Extract<FactOf<G>, { readonly type: T }>>;

/**
 * `reaction(nodeEvents, 'NodeQuarantined', async (event, { ask, tell }) => …)`. Events of one stream are handled in
 * order, of different streams at once; each at least once.
 * @param react what it throws is tried again, then the event is parked, and with it what follows in its stream
 * @param name key of its checkpoint; made from the events' names when absent, so give one when two react to the same
 */
export function reaction<G extends EventGroup, const T extends Names<G>>(
  group: G,
  types: T | readonly T[],
  react: (event: EventOf<G, T>, tools: Tools) => Promise<void>,
  name?: string,
): Reaction {
  const wants = new Set<string>(typeof types === 'string' ? [types] : types);
  return {
    name: name ?? `on-${[...wants].map(kebab).join('-or-')}`,
    group,
    source: group.context,
    wants,
    react,
  };
}

const kebab = (name: string): string => name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
