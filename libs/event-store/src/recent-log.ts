/**
 * The end of the log, kept for those who follow it: relay, dispatcher and read models ask for the same events a moment
 * after each other. What is kept has no hole and never changes, for commit order is position order.
 */
import type { LoggedEvent } from './logged-event.js';

/** Reads what is stored after a position. */
type Read = (after: number, limit: number) => Promise<LoggedEvent[]>;

const KEPT = 8_192;
/** Events of one question to the database, at the end of the log. */
const PAGE = 1_000;

export class RecentLog {
  /** Events after `floor`. */
  private recent: LoggedEvent[] = [];
  private floor = -1;
  private running: Promise<boolean> = Promise.resolve(false);
  private queued: Promise<boolean> | undefined;

  constructor(private readonly stored: Read) {}

  /** As the database would answer now: everything that was committed before the question is in it. */
  async read(after: number, limit: number): Promise<LoggedEvent[]> {
    for (let more = true; ; ) {
      // What lies further back is read for each alone.
      if (after < this.floor) return this.stored(after, limit);
      const start = this.indexAfter(after);
      if (!more || this.recent.length - start >= limit) return this.recent.slice(start, start + limit);
      if (after > this.ceiling) [this.recent, this.floor] = [[], after];
      more = await this.extend();
    }
  }

  private get ceiling(): number {
    return this.recent.at(-1)?.position ?? this.floor;
  }

  /**
   * All who ask while the database is being read share the next reading: the one under way may have begun before
   * something was committed that they know of.
   * @returns whether there may be more
   */
  private extend(): Promise<boolean> {
    const readOn = () => {
      this.queued = undefined;
      return (this.running = this.readOn());
    };
    return (this.queued ??= this.running.then(readOn, readOn));
  }

  private async readOn(): Promise<boolean> {
    const from = this.ceiling;
    const more = await this.stored(from, PAGE);
    // Someone further on has taken the end with them meanwhile.
    if (this.ceiling !== from) return true;
    this.recent.push(...more);
    const surplus = this.recent.length - KEPT;
    if (surplus > 0) this.floor = this.recent.splice(0, surplus).at(-1)?.position ?? this.floor;
    return more.length === PAGE;
  }

  private indexAfter(position: number): number {
    let [low, high] = [0, this.recent.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.recent[middle]?.position ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
