import type { ContextName } from '@pioche/contracts';
import type pg from 'pg';
import { inSlices, type Delivery, type EventHandler } from '@pioche/event-bus';
import { foldWishes, needsOf } from './fold.js';
import { consumerOf, type Generation } from './generation.js';
import type { Row } from './key.js';
import type { Projection } from './projection.js';
import { Rows } from './rows.js';
import type { ReadModelTable } from './table.js';

/** Told at each commit that moved a read model. */
export const MOVED_CHANNEL = 'read_models_moved';

/** The generation is not to be written any more; whoever runs it here is about to be told. */
class RetiredError extends Error {
  override readonly name = 'RetiredError';
  readonly transient = true;
}

/** A generation of a read model as a consumer of events: it writes in the transaction that stores the checkpoint. */
export class ProjectionHandler implements EventHandler {
  readonly name: string;
  readonly wants: ReadonlySet<string>;

  /** @param tables in the order of the projection's entities @param sources some of the projection's */
  constructor(
    private readonly projection: Projection,
    private readonly generation: Generation,
    private readonly tables: readonly ReadModelTable[],
    readonly sources: readonly ContextName[] = projection.sources,
  ) {
    this.name = consumerOf(generation);
    this.wants = projection.wants;
  }

  async handle(batch: readonly Delivery[], tx: pg.PoolClient): Promise<void> {
    await this.claim(tx);
    const rows = this.tables.map(({ key }) => new Rows<Row>(key));
    await inSlices(batch, (delivery) => this.projection.apply(rows, delivery.event));
    for (const [i, table] of this.tables.entries()) {
      const wishes = rows[i]?.wishes ?? [];
      const existing = await table.read(tx, needsOf(wishes));
      await table.write(tx, foldWishes(wishes, existing, table.key));
    }
  }

  /**
   * One batch of a generation at a time, from whichever partition, source or replica: two that had read the same row
   * would lose a change. The row's lock is held until commit, so a switch sees whole batches only. Those who wait for
   * the read model are told at commit, too.
   * @throws RetiredError when the generation is no longer wanted: it stays as it is, with its checkpoint, to be taken up again
   */
  private async claim(tx: pg.PoolClient): Promise<void> {
    const { name, version, generation } = this.generation;
    const { rows } = await tx.query<{ state: string }>({
      name: 'claim_generation',
      text: `SELECT state, pg_notify('${MOVED_CHANNEL}', name) FROM projections
        WHERE name = $1 AND version = $2 AND generation = $3 FOR NO KEY UPDATE`,
      values: [name, version, generation],
    });
    const state = rows[0]?.state;
    if (state !== 'live' && state !== 'building') throw new RetiredError(`${this.name} is ${state ?? 'not there'}`);
  }
}
