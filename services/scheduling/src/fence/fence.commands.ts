import { fenceEvents, type FenceEvent } from '@pioche/contracts';
import { commandsOf, derivedId, refuse, type Id } from '@pioche/kernel';
import { fence } from './fence.js';

const { command } = commandsOf(fence);
const { FenceOrdered, NodeFenceAcknowledged } = fenceEvents.events;

/** One fence for one request of a switch. */
export const fenceIdOf = (request: string): Id<'fence'> => derivedId('fence', request);

export const orderFence = command({
  name: 'order',
  summary: 'Order the nodes that run something of the tenant to stop it. Without such a node the fence is complete at once.',
  may: 'fence-tenants',
  creates: true,
  internal: true,
  input: FenceOrdered.data,
  decide(state, order) {
    if (state.status !== 'unknown') {
      const same = state.order.request === order.request && state.order.nodes.join() === order.nodes.join();
      return same ? [] : refuse('fence-exists', { request: state.order.request, nodes: state.order.nodes });
    }
    const ordered: FenceEvent = { type: 'FenceOrdered', data: order };
    return order.nodes.length > 0 ? [ordered] : [ordered, completed(order)];
  },
});

export const acknowledgeFence = command({
  name: 'acknowledge',
  summary: 'Say that nothing of the tenant runs on the node any more.',
  may: 'report-jobs',
  internal: true,
  input: NodeFenceAcknowledged.data.extend({ by: NodeFenceAcknowledged.data.shape.by.default('agent') }),
  decide(state, { node, by }) {
    if (state.status === 'unknown') refuse('fence-unknown');
    if (!state.order.nodes.includes(node)) refuse('node-not-in-fence', { node, nodes: state.order.nodes });
    if (!state.missing.has(node)) return [];
    const acknowledged: FenceEvent = { type: 'NodeFenceAcknowledged', data: { node, by } };
    return state.missing.size > 1 ? [acknowledged] : [acknowledged, completed(state.order)];
  },
});

const completed = (order: { switch: Id<'switch'>; request: Id<'request'>; tenant: Id<'tenant'>; nodes: readonly string[] }): FenceEvent => ({
  type: 'FenceCompleted',
  data: { switch: order.switch, request: order.request, tenant: order.tenant, nodes: new Set(order.nodes).size },
});

export const fenceCommands = [orderFence, acknowledgeFence];
