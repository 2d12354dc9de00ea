/** What an older release had to park, because a newer one had written it, is handled as soon as this one knows it. */
import type { EventGroup } from '@pioche/contracts';
import { DeadLetters, every, type EventHandler } from '@pioche/event-bus';
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

/** Looks now, and again and again. @returns ends it, and waits for the look under way */
export const startRedriver = ({ pool, handlers, groups, logger, everyMs = EVERY_MS }: RedriverOptions): (() => Promise<void>) =>
  every(
    everyMs,
    async () => {
      const letters = new DeadLetters({ pool, groups, handlers: await handlers() });
      const redriven = await asPlatform(() => letters.redriveKnown());
      if (redriven > 0) logger.info({ redriven }, 'events that an older release did not know have been handled');
    },
    { firstMs: 0, onTrouble: (error) => logger.warn({ err: error }, 'events that an older release did not know could not be handled') },
  );
