import { Injectable } from '@nestjs/common';
import type { ContextName } from '@pioche/contracts';
import { readCheckpoints } from '@pioche/event-bus';
import { EventStore } from '@pioche/event-store';
import { ReadModels, type Projection } from '@pioche/projections';
import { ProblemError } from '@pioche/service-kit';
import pg from 'pg';
import { METERING } from '../reactions/open-usages.js';

const LIMIT_MS = 10_000;
const PAUSE_MS = 20;

/** Waits for metering, and for read models behind it. */
@Injectable()
export class CaughtUp {
  constructor(
    private readonly pool: pg.Pool,
    private readonly store: EventStore,
    private readonly readModels: ReadModels,
  ) {}

  /** What a client has seen of scheduling is metered, and these read models have it. @throws ProblemError `not-caught-up` */
  async with(after: ReadonlyMap<ContextName, number>, models: readonly Projection[]): Promise<void> {
    const position = after.get('scheduling');
    if (position === undefined) return;
    await this.metered(position);
    await this.withOwn(models);
  }

  /** Metering has done scheduling’s events up to this position. @throws ProblemError `not-caught-up` */
  async metered(position: number): Promise<void> {
    for (const end = Date.now() + LIMIT_MS; ; ) {
      const checkpoints = [...(await readCheckpoints(this.pool, METERING, 'scheduling')).values()];
      const at = checkpoints.length === 0 ? 0 : Math.min(...checkpoints.map((one) => one.position));
      if (at >= position) return;
      if (Date.now() > end) {
        throw new ProblemError('not-caught-up', { details: { asked: `scheduling:${position}`, at: `scheduling:${at}` }, headers: { 'retry-after': '1' } });
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** These read models have all that is in the own log. @throws StillBehind */
  async withOwn(models: readonly Projection[]): Promise<void> {
    const head = `billing:${await this.store.head()}`;
    await Promise.all(models.map(({ name }) => this.readModels.waitFor(head, LIMIT_MS, name)));
  }
}
