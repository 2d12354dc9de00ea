/** Weighted fair share over time: who has used more than its share is served a little later, who has used less a little sooner. */

/** What a tenant has used counts half after a day. */
const HALF_LIFE_MINUTES = 1440;
/** The most that a key is shifted, either way: less than a job's age can make up for. */
export const MOST_SHIFT_MS = 7_200_000;
/** Shifts are multiples of this, so that small differences change no order. */
const SHIFT_STEP_MS = 600_000;

/** What a tenant has used, some minutes later: milli-GPU-minutes, whole numbers. @param inUse milli-GPUs held meanwhile */
export const usedAfter = (used: number, minutes: number, inUse: number): number => Math.floor(used * 2 ** (-minutes / HALF_LIFE_MINUTES)) + inUse * minutes;

/**
 * How much later the tenant's jobs are served than they came: nothing at its share, most at twice its share or more,
 * most the other way when it has used nothing.
 * @param share of all that was used, 0 to 1 @param entitled its weight's share of all weights, above 0
 */
export const shiftOf = (share: number, entitled: number): number =>
  Math.round((MOST_SHIFT_MS * Math.min(1, share / entitled - 1)) / SHIFT_STEP_MS) * SHIFT_STEP_MS || 0;
