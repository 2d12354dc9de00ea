import { nodeEvents, type FactOf, type InstalledGpu, type NodeStatus } from '@pioche/contracts';
import { follow, unreachable, type Decider, type Instant } from '@pioche/kernel';
import { NODE_LIFE } from './life.js';

export type NodeEvent = FactOf<typeof nodeEvents>;
type DataOf<T extends NodeEvent['type']> = Extract<NodeEvent, { type: T }>['data'];

/** Who the node is: said when it is ordered, and again whenever it enters service. */
export type NodeIdentity = Omit<DataOf<'NodeOrdered'>, 'due'>;

export interface KnownNode {
  readonly status: NodeStatus;
  readonly identity: NodeIdentity;
  /** When it should leave this status. */
  readonly due?: Instant | undefined;
  readonly breached: boolean;
  readonly place?: Pick<DataOf<'NodeRacked'>, 'rack' | 'unit'>;
  readonly gpus: readonly InstalledGpu[];
  readonly burnInEndsAt?: Instant;
}
export type Node = { readonly status: 'unknown' } | KnownNode;

/** @throws Error when it was never ordered: the framework has refused that before */
export function known(node: Node): KnownNode {
  if (node.status === 'unknown') throw new Error('a node is ordered before anything else happens to it');
  return node;
}

/** The node, when the table allows it this. @throws Refusal `transition-not-allowed` */
export function allowed(node: Node, command: string): KnownNode {
  follow(NODE_LIFE, node.status, command);
  return known(node);
}

const enter = (node: Node, status: NodeStatus, due: Instant | undefined, more: Partial<KnownNode> = {}): KnownNode => ({
  ...known(node),
  status,
  due,
  breached: false,
  ...more,
});

export const node: Decider<Node, NodeEvent> = {
  name: 'node',
  initial: { status: 'unknown' },
  evolve(state, event) {
    switch (event.type) {
      case 'NodeOrdered': {
        const { due, ...identity } = event.data;
        return { status: 'ordered', identity, due, breached: false, gpus: [] };
      }
      case 'NodeReceived': return enter(state, 'received', event.data.due);
      case 'NodeRacked': return enter(state, 'racked', event.data.due, { place: { rack: event.data.rack, unit: event.data.unit } });
      case 'NodeCommissioningStarted': return enter(state, 'commissioning', event.data.due, { gpus: event.data.gpus });
      case 'NodeBurnInStarted': {
        const { ends_at, gpus = known(state).gpus, due } = event.data;
        return enter(state, 'burn_in', due, { burnInEndsAt: ends_at, gpus });
      }
      case 'NodePutInService': return enter(state, 'in_service', undefined);
      case 'NodeDrainStarted': return enter(state, 'draining', event.data.deadline);
      case 'NodeQuarantined': return enter(state, 'quarantined', event.data.due);
      case 'NodeRepairStarted': return enter(state, 'under_repair', event.data.due);
      case 'NodeRmaOpened': return enter(state, 'rma_opened', event.data.due);
      case 'NodeRmaShipped': return enter(state, 'rma_shipped', event.data.due);
      case 'NodeReplacementReceived': return enter(state, 'replacement_received', event.data.due, { gpus: [] });
      case 'NodeDecommissioningStarted': return enter(state, 'decommissioning', event.data.due);
      case 'NodeRetired': return enter(state, 'retired', undefined);
      case 'NodeSlaBreached': return { ...known(state), breached: true };
      default: return unreachable(event);
    }
  },
};
