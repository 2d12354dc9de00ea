import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; ends early, without an error, when `signal` aborts. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);

/** Growing waits: 50 ms, doubling, to 2 s. @param attempt from 1 */
export const backOff = (attempt: number): number => Math.min(2_000, 50 * 2 ** (attempt - 1));
