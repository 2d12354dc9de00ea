/** Wakes readers when something was appended: NOTIFY is the bell, a slow poll the net under it. */
import type pg from 'pg';
import { Listening } from './listening.js';
import { APPENDED_CHANNEL } from './schema.js';

const POLL_MS = 1_000;

export class Wake {
  private readonly listeners = new Set<() => void>();
  private readonly bell: Listening;
  private timer: NodeJS.Timeout | undefined;

  /** @param pollMs milliseconds between two looks that nobody has called for */
  constructor(
    options: pg.PoolConfig,
    private readonly pollMs = POLL_MS,
  ) {
    this.bell = new Listening(options, APPENDED_CHANNEL, () => this.ring());
  }

  /** @returns a function that ends it */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    if (!this.timer) this.start();
    return () => void this.listeners.delete(listener);
  }

  ring(): void {
    for (const listener of this.listeners) listener();
  }

  close(): Promise<void> {
    clearInterval(this.timer);
    return this.bell.close();
  }

  private start(): void {
    void this.bell.start();
    this.timer = setInterval(() => this.ring(), this.pollMs).unref();
  }
}
