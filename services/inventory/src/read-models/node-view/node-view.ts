import { nodeEvents, type NodeModel, type RecordedOf } from '@pioche/contracts';
import type { Instant } from '@pioche/kernel';
import { InstantColumn, projection, type Rows } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { begins, known, node, type KnownNode, type NodeEvent } from '../../node/node.js';

/** One row per node as it is now: the aggregate's state, and beside it what is asked for. */
@Entity('node_view')
@Index(['site', 'status'])
@Index(['superpod'])
@Index(['name', 'node'])
export class NodeRow {
  @PrimaryColumn('text') node!: string;
  @Column('text') name!: string;
  @Column('text') site!: string;
  @Column('text', { nullable: true }) superpod!: string | null;
  @Column('text') model!: NodeModel;
  @Column('text') status!: KnownNode['status'];
  /** When this status began. */
  @InstantColumn() since!: Instant;
  @InstantColumn({ nullable: true }) due!: Instant | null;
  @Column('boolean') breached!: boolean;
  @Column('int') version!: number;
  @Column('jsonb') state!: KnownNode;
}

type Happened = RecordedOf<typeof nodeEvents>;

/** @param since when the status before this event began */
function rowOf(state: KnownNode, event: Happened, since: Instant): NodeRow {
  const { identity, status, due, breached } = state;
  return {
    node: event.subject,
    name: identity.name,
    site: identity.site,
    superpod: identity.superpod ?? null,
    model: identity.model,
    status,
    since: begins(event) ? event.time : since,
    due: due ?? null,
    breached,
    version: event.version,
    state,
  };
}

const evolved = (before: Parameters<typeof node.evolve>[0], event: NodeEvent) => known(node.evolve(before, event));

const order = (rows: Rows<NodeRow>, event: Happened): void => rows.put(rowOf(evolved(node.initial, event), event, event.time));
const follow = (rows: Rows<NodeRow>, event: Happened): void =>
  rows.patch({ node: event.subject }, (row) => rowOf(evolved(row.state, event), event, row.since));

export const nodeView = projection(NodeRow, { version: 1, from: nodeEvents }, {
  NodeOrdered: order,
  NodeReceived: follow,
  NodeRacked: follow,
  NodeCommissioningStarted: follow,
  NodeBurnInStarted: follow,
  NodePutInService: follow,
  NodeDrainStarted: follow,
  NodeQuarantined: follow,
  NodeRepairStarted: follow,
  NodeRmaOpened: follow,
  NodeRmaShipped: follow,
  NodeReplacementReceived: follow,
  NodeDecommissioningStarted: follow,
  NodeRetired: follow,
  NodeSlaBreached: follow,
});

/** The same row from the node's stream: as it was after these events. */
export function rowAfter(events: readonly Happened[]): NodeRow | undefined {
  let row: NodeRow | undefined;
  for (const event of events) row = rowOf(evolved(row?.state ?? node.initial, event), event, row?.since ?? event.time);
  return row;
}
