import { instant, type Instant } from './instant.js';

/** The one place a process reads the time from. */
export interface Clock {
  now(): Instant;
}

export const systemClock: Clock = { now: () => instant(Date.now()) };

/** A clock that is carried forward by what is told to it, and never goes back. */
export class SimulatedClock implements Clock {
  private current: Instant;
  private readonly listeners = new Set<(now: Instant) => void>();

  constructor(start: Instant = '1970-01-01T00:00:00.000Z') {
    this.current = start;
  }

  now(): Instant {
    return this.current;
  }

  /** Moves the clock to `to` when that is later; an earlier time is ignored. */
  advance(to: Instant): void {
    if (to <= this.current) return;
    this.current = to;
    for (const listener of this.listeners) listener(to);
  }

  /** Calls back after each move. @returns a function that ends it. */
  onAdvance(listener: (now: Instant) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
