import type { EventStore, LoggedEvent } from '@pioche/event-store';
import { Delivery, type KnownEvents } from './delivery.js';

/** What the log tail needs of a store. */
export type Log = Pick<EventStore, 'context' | 'readRaw' | 'onAppended'>;

const KEPT = 8_192;
/** Sooner than a consumption without a sign of life is called stalled. */
const NET_MS = 2_000;

/** The end of one log, read once for all of its handlers here; what lies further back is read for each alone. */
export class SharedTail {
  /** Events after `floor`, without a hole. */
  private recent: Delivery[] = [];
  private floor = -1;
  private reading: { readonly mark: number; readonly done: Promise<void> } | undefined;
  private readonly waiting = new Set<() => void>();
  private appended = 0;
  private readonly forget: () => void;

  constructor(
    private readonly log: Log,
    private readonly known: KnownEvents,
    private readonly netMs = NET_MS,
  ) {
    this.forget = log.onAppended(() => {
      this.appended++;
      for (const wake of this.waiting) wake();
    });
  }

  /** Deliveries after a position, at most `limit`; none at the end of the log. */
  async read(after: number, limit: number): Promise<readonly Delivery[]> {
    if (after < this.floor) return await this.readLog(after, limit);
    // What was being read when the last append was told may be without it.
    while (this.reading && this.reading.mark !== this.appended) await this.reading.done;
    if (after >= this.ceiling) {
      if (after > this.ceiling) [this.recent, this.floor] = [[], after];
      this.reading ??= { mark: this.appended, done: this.extend(limit).finally(() => void (this.reading = undefined)) };
      await this.reading.done;
    }
    if (after < this.floor) return await this.readLog(after, limit);
    const start = this.indexAfter(after);
    return this.recent.slice(start, start + limit);
  }

  /** How many are known to come after a position. */
  knownAfter(position: number): number {
    return this.recent.length - this.indexAfter(position);
  }

  /** To be taken before a read, for `appendedSince`. */
  mark(): number {
    return this.appended;
  }

  /** Resolves when there may be more than there was at that mark. */
  async appendedSince(mark: number, signal: AbortSignal): Promise<void> {
    if (this.appended !== mark || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, this.netMs);
      this.waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  close(): void {
    this.forget();
  }

  private get ceiling(): number {
    return this.recent.at(-1)?.offset ?? this.floor;
  }

  private async extend(limit: number): Promise<void> {
    const from = this.ceiling;
    const more = await this.readLog(from, limit);
    // Someone further on has taken the tail with them meanwhile.
    if (this.ceiling !== from) return;
    this.recent.push(...more);
    const surplus = this.recent.length - KEPT;
    if (surplus > 0) this.floor = this.recent.splice(0, surplus).at(-1)?.offset ?? this.floor;
  }

  private indexAfter(position: number): number {
    let low = 0;
    let high = this.recent.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.recent[middle]?.offset ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private async readLog(after: number, limit: number): Promise<Delivery[]> {
    return (await this.log.readRaw({ after, limit })).map((event) => this.deliveryOf(event));
  }

  private deliveryOf(logged: LoggedEvent): Delivery {
    return new Delivery({ logged, source: this.log.context, partition: 0, offset: logged.position }, this.known);
  }
}
