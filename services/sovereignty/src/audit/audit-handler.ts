import { Injectable } from '@nestjs/common';
import { CONTEXTS } from '@pioche/contracts';
import type { Delivery, EventHandler } from '@pioche/event-bus';
import type pg from 'pg';
import { appendLeaves, type NewLeaf } from './tree-store.js';

/** What is needed of a delivery: its text, and what stands in it before the data. */
type Arrived = Pick<Delivery, 'raw' | 'head' | 'source'>;

const leafOf = ({ raw, head, source }: Arrived): NewLeaf => ({
  leaf: raw,
  context: source,
  position: head.position,
  eventId: head.id,
  type: head.type,
  subject: head.subject,
  tenant: head.tenant,
  at: head.time,
});

/** Every event of every context becomes a leaf, as it was published, once, in the order of arrival. */
@Injectable()
export class AuditHandler implements EventHandler {
  readonly name = 'audit';
  readonly sources = CONTEXTS;

  async handle(batch: readonly Arrived[], tx: pg.PoolClient): Promise<void> {
    await appendLeaves(tx, batch.map(leafOf));
  }
}
