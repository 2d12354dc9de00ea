/** What commands that end have in common: 0 when done, 2 for a wrong configuration, 1 else, with lines that say what is wrong. */
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError } from '@pioche/service-kit';
import { runMain, say } from '../run-main.js';
import { Usage } from '../scenario/options.js';

/** Does it, and ends the process. */
export function runDeed(deed: () => Promise<number>): Promise<void> {
  // The first process of a container is not ended by a signal that it does not listen to.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));
  return runMain(() =>
    deed().catch((error: unknown) => {
      throw error instanceof ConfigError ? new Usage(2, error.message) : error;
    }),
  );
}

const RETRY_MS = 500;
const SAY_MS = 10_000;

/**
 * Asks until there is an answer, and says now and then what it waits for.
 * @param question what is waited for, where it is not there yet; an error counts as that
 * @throws Error when it is not there after `patienceMs`
 */
export async function until(question: () => Promise<string | undefined>, patienceMs: number): Promise<void> {
  const begun = Date.now();
  for (let said = -Infinity; ; await pause(RETRY_MS)) {
    const missing = await question().catch((error: unknown) => (error instanceof Error ? error.message || String(error) : String(error)));
    if (missing === undefined) return;
    if (Date.now() - begun > patienceMs) throw new Error(`${missing} (after ${Math.round(patienceMs / 1000)} s)`);
    if (Date.now() - said < SAY_MS) continue;
    said = Date.now();
    say(`waiting: ${missing}`);
  }
}
