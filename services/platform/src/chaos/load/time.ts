/** Simulated time in a run of chaos: so much of it per command, so that the same seed says the same times. */
import { plusSeconds, type Instant } from '@pioche/kernel';
import { START } from '../../scenario/scenario.js';

/** A minute of chaos is some two months. */
const DAYS_PER_SECOND = 1;
const DAY_S = 86_400;

export class SimulatedTime {
  private current: Instant = START;

  /** @param rate commands per second */
  constructor(private readonly rate: number) {}

  get now(): Instant {
    return this.current;
  }

  /** It is the turn of the nth command. */
  turn(n: number): void {
    this.reach(plusSeconds(START, Math.floor((n * DAYS_PER_SECOND * DAY_S) / this.rate)));
  }

  /** It never goes back. */
  reach(to: Instant): void {
    if (to > this.current) this.current = to;
  }
}

/** `2026-11` */
export const monthOf = (at: Instant): string => at.slice(0, 7);

/** The first moment after a month. */
export function monthEnd(period: string): Instant {
  const [year = 0, month = 1] = period.split('-').map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString();
}

/** The months from the start that are over at a moment. */
export function monthsOver(now: Instant): string[] {
  const months: string[] = [];
  for (let period = monthOf(START); monthEnd(period) <= now; period = monthOf(monthEnd(period))) months.push(period);
  return months;
}
