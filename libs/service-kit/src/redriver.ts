/** What an older release had to park, because a newer one had written it, is handled as soon as this one knows it. */
import type { EventGroup } from '@pioche/contracts';
import { DeadLetters, type EventHandler } from '@pioche/event-bus';
import type pg from 'pg';
import type { Logger } from 'pino';
import { asPlatform } from './viewer.js';

/** While both releases run, the older one parks more. */
const EVERY_MS = 5_000;

export interface RedriverOptions {
  readonly pool: pg.Pool;
  readonly handlers: () => Promise<readonly EventHandler[]>;
  readonly groups: readonly EventGroup[];
  readonly logger: Logger;
  readonly everyMs?: number;
}

export class Redriver {
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly options: RedriverOptions) {}

  /** Now, and again and again. */
  start(): void {
    this.working = this.look().then(() => this.schedule());
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.working;
  }

  private schedule(): void {
    if (!this.closed) this.timer = setTimeout(() => this.start(), this.options.everyMs ?? EVERY_MS).unref();
  }

  private async look(): Promise<void> {
    const { pool, handlers, groups, logger } = this.options;
    try {
      const letters = new DeadLetters({ pool, groups, handlers: await handlers() });
      const redriven = await asPlatform(() => letters.redriveKnown());
      if (redriven > 0) logger.info({ redriven }, 'events that an older release did not know have been handled');
    } catch (error) {
      // The next look tries again.
      logger.warn({ err: error }, 'events that an older release did not know could not be handled');
    }
  }
}
