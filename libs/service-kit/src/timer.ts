/** What a context does when time has passed. */
import { epochMs, instant, type Instant } from '@pioche/kernel';
import type { Tools } from './commands/issue.js';

export interface Timer {
  readonly name: string;
  /** Seconds between two runs, or every day at 00:00 UTC. */
  readonly every: number | 'day';
  run(now: Instant, tools: Tools): Promise<void>;
}

/**
 * `timer('month-end', { every: 'day' }, async (now, { ask, tell }) => …)`. Runs at whole multiples of its interval since
 * 1970 (UTC), on one replica, and again with the same `now` when it failed: the ids of its commands follow from the
 * timer and that moment. Days that were missed are made up for one by one; of shorter intervals only the last counts.
 */
export const timer = (name: string, { every }: Pick<Timer, 'every'>, run: Timer['run']): Timer => ({ name, every, run });

const DAY_S = 86_400;
const secondsOf = ({ every }: Timer): number => (every === 'day' ? DAY_S : every);

/** The last moment at which the timer was due, at or before `now`. */
export function lastDue(timer: Timer, now: Instant): Instant {
  const interval = secondsOf(timer) * 1000;
  return instant(Math.floor(epochMs(now) / interval) * interval);
}

/** The moments at which it has to run after `last`, up to `now`. */
export function dueBetween(timer: Timer, last: Instant, now: Instant): Instant[] {
  const until = lastDue(timer, now);
  if (until <= last) return [];
  if (timer.every !== 'day') return [until];
  const days = (epochMs(until) - epochMs(lastDue(timer, last))) / (DAY_S * 1000);
  return Array.from({ length: days }, (_, day) => instant(epochMs(until) - (days - 1 - day) * DAY_S * 1000));
}
