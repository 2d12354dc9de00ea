/** Events that a consumer could not handle, and those of the same streams that wait behind them. */
import type { ContextName } from '@pioche/contracts';
import type pg from 'pg';
import type { Delivery } from './delivery.js';

export type DeadLetterState = 'dead' | 'waiting' | 'redriven';

export interface DeadLetter {
  readonly id: string;
  readonly consumer: string;
  readonly source: ContextName;
  readonly partition: number;
  readonly offset: number;
  /** Absent, as `stream`, `eventId` and `type`, where the text is not an event. */
  readonly position: number | null;
  readonly stream: string | null;
  readonly eventId: string | null;
  readonly type: string | null;
  readonly raw: string;
  readonly reason: string;
  readonly state: DeadLetterState;
  readonly at: Date;
}

/** A delivery that is not handled, and why. */
export interface Parked {
  readonly delivery: Delivery;
  readonly state: 'dead' | 'waiting';
  readonly reason: string;
}

/** The attributes of a delivery, as far as its text has them. */
export function attributesOf(delivery: Delivery): { position: number; stream: string; eventId: string; type: string } | undefined {
  try {
    const { position, subject, id, type } = delivery.attributes;
    return { position, stream: subject, eventId: id, type };
  } catch {
    return undefined;
  }
}

const COLUMNS = 'consumer, source, partition, "offset", position, stream, event_id, type, raw, reason, state';

export async function storeParked(tx: pg.PoolClient, consumer: string, parked: readonly Parked[]): Promise<void> {
  const rows = parked.map(({ delivery, state, reason }) => {
    const attributes = attributesOf(delivery);
    return {
      consumer,
      source: delivery.source,
      partition: delivery.partition,
      offset: delivery.offset,
      position: attributes?.position,
      stream: attributes?.stream,
      event_id: attributes?.eventId,
      type: attributes?.type,
      raw: delivery.raw,
      reason,
      state,
    };
  });
  await tx.query(
    `INSERT INTO dead_letters (${COLUMNS})
     SELECT ${COLUMNS} FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (consumer text, source text, partition integer, "offset" bigint,
       position bigint, stream text, event_id text, type text, raw text, reason text, state text))
       WITH ORDINALITY AS letter(${COLUMNS}, place) ORDER BY place`,
    [JSON.stringify(rows)],
  );
}
