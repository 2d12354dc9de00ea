/** Where a consumer is, in its own database: read and moved in the transaction of its handler. */
import type { ContextName } from '@pioche/contracts';
import pg from 'pg';

export interface Checkpoint {
  /** Kafka's next offset; what the log tail has read does not move it. */
  readonly nextOffset: number;
  /** Position of the last event that is done; it alone decides what is done already. */
  readonly position: number;
}

export const START: Checkpoint = { nextOffset: 0, position: 0 };

export interface Place {
  readonly consumer: string;
  readonly source: ContextName;
  readonly partition: number;
}

interface CheckpointRow {
  readonly partition: number;
  readonly next_offset: string;
  readonly position: string;
}

const checkpointOf = (row: CheckpointRow): Checkpoint => ({
  nextOffset: Number(row.next_offset),
  position: Number(row.position),
});

/** A consumer's checkpoints in a context's log, by partition. */
export async function readCheckpoints(
  db: pg.Pool | pg.PoolClient,
  consumer: string,
  source: ContextName,
): Promise<ReadonlyMap<number, Checkpoint>> {
  const { rows } = await db.query<CheckpointRow>(
    'SELECT partition, next_offset, position FROM checkpoints WHERE consumer = $1 AND source = $2',
    [consumer, source],
  );
  return new Map(rows.map((row) => [row.partition, checkpointOf(row)]));
}

const quoted = pg.escapeLiteral;

/**
 * Ends every other transaction of this consumer's first, wherever it runs: a batch from another source, a replica
 * that has not yet noticed that its partition was taken away, an operator's redrive.
 */
export const lockConsumer = (consumer: string): string =>
  `SELECT pg_advisory_xact_lock(hashtextextended(${quoted(`consumer ${consumer}`)}, 0))`;

/** Of a text of several statements pg gives one result each. */
type BeginResults = [unknown, unknown, unknown, pg.QueryResult<CheckpointRow>, pg.QueryResult<{ stream: string }>];

/**
 * Begins a batch's transaction, in one round trip. It does not wait for the disk: should it be lost, effect and
 * checkpoint are lost together, and the events come again.
 * @returns the checkpoint as it stands under the lock, and the streams that wait behind a dead letter
 */
export async function beginBatch(tx: pg.PoolClient, place: Place): Promise<{ checkpoint: Checkpoint; blocked: ReadonlySet<string> }> {
  const consumer = quoted(place.consumer);
  const source = quoted(place.source);
  const results: unknown = await tx.query(
    `BEGIN; SET LOCAL synchronous_commit = off; ${lockConsumer(place.consumer)};
     SELECT partition, next_offset, position FROM checkpoints
       WHERE consumer = ${consumer} AND source = ${source} AND partition = ${place.partition} FOR UPDATE;
     SELECT DISTINCT stream FROM dead_letters
       WHERE consumer = ${consumer} AND source = ${source} AND state <> 'redriven' AND stream IS NOT NULL`,
    );
  const [, , , checkpoints, streams] = results as BeginResults;
  const row = checkpoints.rows[0];
  return { checkpoint: row ? checkpointOf(row) : START, blocked: new Set(streams.rows.map(({ stream }) => stream)) };
}

/** Moves the checkpoint and commits, in one round trip. */
export async function commitBatch(tx: pg.PoolClient, place: Place, to: Checkpoint): Promise<void> {
  await tx.query(
    `INSERT INTO checkpoints (consumer, source, partition, next_offset, position)
       VALUES (${quoted(place.consumer)}, ${quoted(place.source)}, ${place.partition}, ${to.nextOffset}, ${to.position})
       ON CONFLICT (consumer, source, partition) DO UPDATE SET next_offset = excluded.next_offset, position = excluded.position;
     COMMIT`,
  );
}

/** Moves the checkpoint past events that meant nothing. @returns false where it stands elsewhere by now */
export async function passCheckpoint(pool: pg.Pool, { consumer, source, partition }: Place, from: Checkpoint, to: Checkpoint): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'pass_checkpoint',
    text: `UPDATE checkpoints SET next_offset = $4, position = $5
      WHERE consumer = $1 AND source = $2 AND partition = $3 AND next_offset = $6 AND position = $7`,
    values: [consumer, source, partition, to.nextOffset, to.position, from.nextOffset, from.position],
  });
  return rowCount === 1;
}
