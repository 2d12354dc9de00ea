/** Waits until nothing is on its way any more: every consumer of every service has seen the end of every log it follows. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import type { Api } from './api.js';

interface Lag {
  readonly head: number;
  readonly consumers: readonly { readonly consumer: string; readonly source: ContextName; readonly position: number; readonly status: string }[];
  readonly timers_busy: boolean;
}

/** Events cause events: all is quiet when two looks in a row have found the same ends, and everyone there. */
const LOOKS = 2;
const PAUSE_MS = 50;

/** @throws Error naming who is behind, when it takes longer than `patienceMs` */
export async function untilQuiet(operator: Api, patienceMs = 600_000): Promise<void> {
  const end = Date.now() + patienceMs;
  let before = '';
  for (let same = 0; same < LOOKS; ) {
    const lags = await Promise.all(CONTEXTS.map(async (context) => [context, await operator.get<Lag>(context, '/lag')] as const));
    const heads = new Map(lags.map(([context, { head }]) => [context, head]));
    const behind = lags.flatMap(([context, { consumers }]) =>
      consumers.filter(({ source, position }) => position < (heads.get(source) ?? 0)).map(({ consumer, source, position, status }) => `${context}.${consumer} (${status}) at ${position} of ${source}'s ${heads.get(source)}`),
    );
    const busy = lags.some(([, { timers_busy: timers }]) => timers);
    const now = JSON.stringify([...heads]);
    same = behind.length === 0 && !busy && now === before ? same + 1 : 0;
    before = now;
    if (Date.now() > end) throw new Error(`still behind after ${patienceMs / 1000} s: ${behind.slice(0, 3).join('; ') || 'timers'}`);
    if (same < LOOKS) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
