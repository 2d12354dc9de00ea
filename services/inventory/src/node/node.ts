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
  /** Absent before it is racked, and again when it has left. */
  readonly place?: Pick<DataOf<'NodeRacked'>, 'rack' | 'unit'> | undefined;
  readonly gpus: readonly InstalledGpu[];
  readonly burnInEndsAt?: Instant;
}
export type Node = { readonly status: 'unknown' } | KnownNode;

/** The status that an event begins; the others leave the node in the one that it has. */
export const BEGINS = {
  NodeOrdered: 'ordered',
  NodeReceived: 'received',
  NodeRacked: 'racked',
  NodeCommissioningStarted: 'commissioning',
  NodeBurnInStarted: 'burn_in',
  NodePutInService: 'in_service',
  NodeDrainStarted: 'draining',
  NodeQuarantined: 'quarantined',
  NodeRepairStarted: 'under_repair',
  NodeRmaOpened: 'rma_opened',
  NodeRmaShipped: 'rma_shipped',
  NodeReplacementReceived: 'replacement_received',
  NodeDecommissioningStarted: 'decommissioning',
  NodeRetired: 'retired',
} as const satisfies Readonly<Record<Exclude<NodeEvent['type'], 'NodeSlaBreached'>, NodeStatus>>;
type Beginning = Extract<NodeEvent, { type: keyof typeof BEGINS }>;

export const begins = (event: NodeEvent): event is Beginning => event.type in BEGINS;

/** When the node should leave the status that the event begins; undefined: it may stay. */
export function dueOf(event: Beginning): Instant | undefined {
  if (event.type === 'NodeDrainStarted') return event.data.deadline;
  return 'due' in event.data ? event.data.due : undefined;
}

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

const enter = (node: Node, event: Beginning, more: Partial<KnownNode> = {}): KnownNode => ({
  ...known(node),
  status: BEGINS[event.type],
  due: dueOf(event),
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
      case 'NodeRacked': return enter(state, event, { place: { rack: event.data.rack, unit: event.data.unit } });
      case 'NodeCommissioningStarted': return enter(state, event, { gpus: event.data.gpus });
      case 'NodeBurnInStarted': return enter(state, event, { burnInEndsAt: event.data.ends_at, gpus: event.data.gpus ?? known(state).gpus });
      case 'NodeRmaShipped':
      case 'NodeRetired':
        return enter(state, event, { place: undefined });
      case 'NodeReplacementReceived': return enter(state, event, { gpus: [] });
      case 'NodeReceived':
      case 'NodePutInService':
      case 'NodeDrainStarted':
      case 'NodeQuarantined':
      case 'NodeRepairStarted':
      case 'NodeRmaOpened':
      case 'NodeDecommissioningStarted':
        return enter(state, event);
      case 'NodeSlaBreached': return { ...known(state), breached: true };
      default: return unreachable(event);
    }
  },
};
