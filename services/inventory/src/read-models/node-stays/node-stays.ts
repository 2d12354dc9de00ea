import { nodeEvents, type RecordedOf } from '@pioche/contracts';
import type { Instant } from '@pioche/kernel';
import { InstantColumn, projection, type Rows } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { begins, BEGINS, dueOf, type KnownNode } from '../../node/node.js';
import { ended, from, Interval } from '../interval.js';

/** One row per stay of a node in a status: what was in service when. */
@Entity('node_stays')
@Index(['node', 'open'])
@Index(['status', 'since'])
export class NodeStayRow extends Interval {
  @PrimaryColumn('text') node!: string;
  /** Of the event that began it. */
  @PrimaryColumn('int') version!: number;
  @Column('text') status!: KnownNode['status'];
  @InstantColumn({ nullable: true }) due!: Instant | null;
}

const begin = (rows: Rows<NodeStayRow>, event: RecordedOf<typeof nodeEvents>): void => {
  if (!begins(event)) return;
  rows.patch({ node: event.subject, open: true }, ended(event.time));
  rows.put({ node: event.subject, version: event.version, status: BEGINS[event.type], due: dueOf(event) ?? null, ...from(event.time) });
};

export const nodeStays = projection(NodeStayRow, { version: 1, from: nodeEvents }, {
  NodeOrdered: begin,
  NodeReceived: begin,
  NodeRacked: begin,
  NodeCommissioningStarted: begin,
  NodeBurnInStarted: begin,
  NodePutInService: begin,
  NodeDrainStarted: begin,
  NodeQuarantined: begin,
  NodeRepairStarted: begin,
  NodeRmaOpened: begin,
  NodeRmaShipped: begin,
  NodeReplacementReceived: begin,
  NodeDecommissioningStarted: begin,
  NodeRetired: begin,
});
