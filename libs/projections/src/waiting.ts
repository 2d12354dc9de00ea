import type { ContextName } from '@pioche/contracts';
import { formatPosition, type LogPosition } from './position.js';

/** The read model had not got there within the limit. The answer may be asked for without it, or a little later. */
export class StillBehind extends Error {
  override readonly name = 'StillBehind';
  constructor(
    /** What was waited for. */
    readonly position: string,
    /** Where the read model is. */
    readonly at: string,
  ) {
    super(`still at ${at}, asked for ${position}`);
  }
}

/** Read model → source → position. */
export type Positions = ReadonlyMap<string, ReadonlyMap<ContextName, number>>;

interface Waiter {
  readonly reached: (positions: Positions) => boolean;
  readonly go: () => void;
}

const POLL_MS = 50;

/** Those who wait for positions. One question to the database serves them all. */
export class WaitingRoom {
  private readonly waiters = new Set<Waiter>();
  private timer: NodeJS.Timeout | undefined;
  private looking = false;
  private again = false;

  constructor(private readonly read: () => Promise<Positions>) {}

  /**
   * @param models names of the read models that must be there
   * @param limitMs milliseconds
   * @throws StillBehind
   */
  async wait(models: readonly string[], { source, position }: LogPosition, limitMs: number): Promise<void> {
    const placeIn = (at: Positions) => Math.min(...models.map((name) => at.get(name)?.get(source) ?? 0));
    const { promise, resolve } = Promise.withResolvers<'there' | 'late'>();
    const waiter: Waiter = { reached: (at) => placeIn(at) >= position, go: () => resolve('there') };
    const timer = setTimeout(() => resolve('late'), limitMs);
    this.waiters.add(waiter);
    this.timer ??= setInterval(() => this.look(), POLL_MS).unref();
    this.look();
    try {
      if ((await promise) === 'there') return;
      const at = placeIn(await this.read());
      if (at < position) throw new StillBehind(formatPosition({ source, position }), formatPosition({ source, position: at }));
    } finally {
      clearTimeout(timer);
      this.leave(waiter);
    }
  }

  /** Something has moved. */
  look(): void {
    if (this.waiters.size === 0) return;
    this.again = true;
    if (!this.looking) void this.lookOnce();
  }

  private async lookOnce(): Promise<void> {
    this.looking = true;
    while (this.again) {
      this.again = false;
      const asked = [...this.waiters];
      const positions = await this.read().catch(() => undefined); // the next look tries again, until the limit
      if (positions) for (const waiter of asked) if (waiter.reached(positions)) waiter.go();
    }
    this.looking = false;
  }

  private leave(waiter: Waiter): void {
    this.waiters.delete(waiter);
    if (this.waiters.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
