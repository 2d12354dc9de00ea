import { idOf } from '@pioche/kernel';
import { z } from 'zod';
import { events, type FactOf } from '../define.js';
import { NodeId } from '../inventory/place.js';

const order = { switch: idOf('switch'), request: idOf('request') };
const example = { switch: 'switch_01h2xcejqtf2nbrexx3vqjhp54', request: 'request_01h2xcejqtf2nbrexx3vqjhp41' } as const;
const node = 'node_01h2xcejqtf2nbrexx3vqjhp45';

export const fenceEvents = events('scheduling', {
  FenceOrdered: {
    version: 1,
    meaning: 'Every one of these nodes must stop what it runs of the tenant and acknowledge.',
    data: z.object({ ...order, tenant: idOf('tenant'), nodes: z.array(NodeId) }),
    example: { ...example, tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41', nodes: [node] },
  },
  NodeFenceAcknowledged: {
    version: 1,
    meaning: 'Nothing of the tenant runs on the node any more.',
    data: z.object({
      node: NodeId,
      by: z.enum(['agent', 'lease']).meta({ description: 'The agent said so, or the lease without which a node stops by itself has run out.' }),
    }),
    example: { node, by: 'agent' },
  },
  FenceCompleted: {
    version: 1,
    meaning: 'The last node has acknowledged: nothing of the tenant runs.',
    data: z.object({ ...order, tenant: idOf('tenant'), nodes: z.int().min(0).meta({ description: 'How many nodes had to acknowledge, and did.' }) }),
    example: { ...example, tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41', nodes: 1 },
  },
});
export type FenceEvent = FactOf<typeof fenceEvents>;
