/** How many people there are and will be, by the seats of the plan. */
import type { Position } from './position.js';

type Kind = 'direct' | 'indirect';

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
function standingOf(position: Position, day: string): keyof HiringCount | null {
  if (position.status === 'filled') return position.startsOn <= day ? 'filled' : 'arriving';
  if (position.status === 'open') return position.seat.planned_start <= day ? 'late' : 'planned';
  return null;
}

/**
 * Counts the seats of the plan as of a day; all four together are the plan's size.
 * @param day YYYY-MM-DD
 */
export function hiringPlan(positions: Iterable<Position>, day: string): Readonly<Record<Kind, HiringCount>> {
  const counts: Record<Kind, HiringCount> = { direct: NOBODY, indirect: NOBODY };
  for (const position of positions) {
    const standing = standingOf(position, day);
    if (standing === null || position.status === 'unknown') continue;
    const { kind } = position.seat;
    counts[kind] = { ...counts[kind], [standing]: counts[kind][standing] + 1 };
  }
  return counts;
}
