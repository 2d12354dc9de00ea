import { fenceEvents, type FenceEvent } from '@pioche/contracts';
import { derivedId, fold } from '@pioche/kernel';
import { given } from '@pioche/testing';
import fc from 'fast-check';
import { fence } from './fence.js';
import { acknowledgeFence, orderFence } from './fence.commands.js';

const [a, b, c] = ['a', 'b', 'c'].map((name) => derivedId('node', name)) as [`node_${string}`, `node_${string}`, `node_${string}`];
const { switch: by, request, tenant } = fenceEvents.events.FenceOrdered.example;
const order = { switch: by, request, tenant, nodes: [a, b] };
const ordered = { type: 'FenceOrdered', data: order } as const;
const done = (nodes: number) => ({ type: 'FenceCompleted', data: { switch: by, request, tenant, nodes } });
const acknowledged = (node: `node_${string}`) => ({ type: 'NodeFenceAcknowledged', data: { node, by: 'agent' } }) as const;

describe('a fence', () => {
  it('is ordered', () => given(fence).when(orderFence, order).then(ordered));
  it('is complete at once where nothing runs', () =>
    given(fence).when(orderFence, { ...order, nodes: [] }).then({ type: 'FenceOrdered', data: { ...order, nodes: [] } }, done(0)));
  it('is ordered once', () => given(fence, [ordered]).when(orderFence, order).then());
  it('waits for the other nodes', () => given(fence, [ordered]).when(acknowledgeFence, { node: a }).then(acknowledged(a)));
  it('is complete with the last node', () =>
    given(fence, [ordered, acknowledged(a)]).when(acknowledgeFence, { node: b }).then(acknowledged(b), done(2)));
  it('knows a repeated acknowledgement', () => given(fence, [ordered, acknowledged(a)]).when(acknowledgeFence, { node: a }).then());
  it('refuses a node that was not asked', () => given(fence, [ordered]).when(acknowledgeFence, { node: c }).refuses('node-not-in-fence', { node: c }));
  it('refuses an acknowledgement of nothing', () => given(fence).when(acknowledgeFence, { node: a }).refuses('fence-unknown'));

  it('is completed exactly once, in whatever order and however often nodes answer', () => {
    const nodes = Array.from({ length: 6 }, (_, i) => derivedId('node', String(i)));
    fc.assert(
      fc.property(fc.shuffledSubarray([...nodes, ...nodes], { minLength: 12 }), (answers) => {
        const log: FenceEvent[] = [{ type: 'FenceOrdered', data: { ...order, nodes } }];
        for (const node of answers) {
          const at = { now: '2026-11-17T09:00:00.000Z', id: 'fence_x', actor: node, newId: () => '' as never };
          log.push(...acknowledgeFence.decide(fold(fence, log), { node, by: 'agent' }, at));
        }
        expect(log.filter((event) => event.type === 'FenceCompleted')).toHaveLength(1);
        expect(log.at(-1)?.type).toBe('FenceCompleted');
      }),
    );
  });
});
