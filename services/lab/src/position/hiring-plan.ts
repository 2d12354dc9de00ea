/** How many people there are and will be, by the seats of the plan. */
import type { Position } from './position.js';

type Kind = 'direct' | 'indirect';

/** What the plan counts of a position. Days are YYYY-MM-DD. */
export interface Seat {
  readonly status: Exclude<Position['status'], 'unknown'>;
  readonly kind: Kind;
  readonly plannedStart: string;
  /** When it is filled: the person's first day. */
  readonly startsOn: string | null;
}

export interface HiringCount {
  /** Someone has the seat and has started. */
  readonly filled: number;
  /** Someone has the seat and starts later. */
  readonly arriving: number;
  /** To be filled by this day, and is not. */
  readonly late: number;
  /** To be filled later. */
  readonly planned: number;
}
const NOBODY: HiringCount = { filled: 0, arriving: 0, late: 0, planned: 0 };

/** Where a seat stands on a day; null when it is not in the plan. */
function standingOf({ status, plannedStart, startsOn }: Seat, day: string): keyof HiringCount | null {
  if (status === 'filled') return startsOn !== null && startsOn <= day ? 'filled' : 'arriving';
  if (status === 'open') return plannedStart <= day ? 'late' : 'planned';
  return null;
}

/**
 * Counts the seats of the plan as of a day; all four together are the plan's size.
 * @param day YYYY-MM-DD
 */
export function hiringPlan(seats: Iterable<Seat>, day: string): Readonly<Record<Kind, HiringCount>> {
  const counts: Record<Kind, HiringCount> = { direct: NOBODY, indirect: NOBODY };
  for (const seat of seats) {
    const standing = standingOf(seat, day);
    if (standing === null) continue;
    counts[seat.kind] = { ...counts[seat.kind], [standing]: counts[seat.kind][standing] + 1 };
  }
  return counts;
}
