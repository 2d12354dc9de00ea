/** Who speaks to the agent API, from the subject of its token. */
import { refuse } from '@pioche/kernel';
import type { Caller } from '@pioche/service-kit';

/** One node, or the gateway of a site, which speaks for all of its nodes. */
export type Reporter = { readonly node: string } | { readonly gateway: string };

/**
 * `node:<id>` or `gateway:<site>`. Which site a gateway is of is not checked: it is trusted for every site.
 * @throws Refusal `not-a-node`
 */
export function reporterOf({ subject }: Caller): Reporter {
  const [kind, ...rest] = subject.split(':');
  const name = rest.join(':');
  if (kind === 'node' && name !== '') return { node: name };
  if (kind === 'gateway' && name !== '') return { gateway: name };
  return refuse('not-a-node', { subject });
}
