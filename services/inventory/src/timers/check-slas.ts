import { timer } from '@pioche/service-kit';
import { LessThan, type DataSource } from 'typeorm';
import { checkSla } from '../node/check-sla.js';
import { NodeRow } from '../read-models/node-view/node-view.js';

const HOUR_S = 3600;

const overdue = (db: DataSource, now: string): Promise<NodeRow[]> =>
  db.getRepository(NodeRow).findBy({ due: LessThan(now), breached: false });

/** A node that is longer in a status than agreed is told of, once. */
export const checkSlas = timer('check-slas', { every: HOUR_S }, async (now, { ask, tell }) => {
  for (const row of await ask(overdue, now)) await tell(checkSla, row.node, {});
});
