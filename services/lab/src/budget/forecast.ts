/** When money, or an envelope of GPU-hours, will have run out. */
import { epochMs, instant, type Instant } from '@pioche/kernel';

export interface Burn {
  /** What is left, in any unit: cents, nano-euro, milli-GPU-seconds. */
  readonly rest: bigint;
  /** What was used and when, in the same unit, in any order. */
  readonly used: Iterable<{ readonly at: Instant; readonly amount: bigint }>;
  readonly now: Instant;
  /** How far back to look for the rate of use. */
  readonly windowDays: number;
}

const DAY_MS = 86_400_000;
/** The last moment that an instant of four-digit years can name. */
const END_OF_TIME = epochMs('9999-12-31T23:59:59.999Z');

/**
 * The moment at which nothing is left if use goes on as in the window before `now`.
 * @returns `now` when nothing is left already; null when nothing is being used, or it lasts beyond the year 9999
 */
export function exhaustionOf({ rest, used, now, windowDays }: Burn): Instant | null {
  if (rest <= 0n) return now;
  const windowMs = Math.round(windowDays * DAY_MS);
  const since = instant(epochMs(now) - windowMs);
  let burnt = 0n;
  for (const { at, amount } of used) if (at > since && at <= now) burnt += amount;
  if (burnt <= 0n) return null;
  const at = BigInt(epochMs(now)) + (rest * BigInt(windowMs)) / burnt;
  return at > BigInt(END_OF_TIME) ? null : instant(Number(at));
}
