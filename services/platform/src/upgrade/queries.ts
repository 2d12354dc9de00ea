/** Steady queries beside the commands: lists of every context, each with what its service has last answered to have. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContextName } from '@pioche/contracts';
import type { Shape } from '../shape.js';

const PATHS: readonly (readonly [ContextName, string])[] = [
  ['inventory', '/nodes?page_size=50'], ['inventory', '/sites'],
  ['scheduling', '/jobs?page_size=20'], ['scheduling', '/queues'], ['scheduling', '/quotas'],
  ['billing', '/accounts'], ['billing', '/usage?page_size=20'], ['billing', '/invoices?page_size=20'],
  ['lab', '/projects'], ['lab', '/programmes'], ['lab', '/runs?page_size=20'],
];

/** Until the signal, one after the other, `perSecond` of them. What becomes of each is for whoever watches. */
export async function askSteadily({ url, issuer }: Pick<Shape, 'url' | 'issuer'>, perSecond: number, signal: AbortSignal): Promise<void> {
  const authorization = `Bearer ${await issuer.mint({ subject: 'operator', role: 'operator', lifetime: 86_400 })}`;
  for (let n = 0; !signal.aborted; n += 1) {
    const [context, path] = PATHS[n % PATHS.length] ?? ['inventory', '/sites'];
    // Not waited for: a slow answer is not to hide those behind it.
    void fetch(url(context) + path, { headers: { authorization }, signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]) }).then((answer) => answer.arrayBuffer()).catch(() => undefined);
    await sleep(1_000 / perSecond, undefined, { signal }).catch(() => undefined);
  }
}
