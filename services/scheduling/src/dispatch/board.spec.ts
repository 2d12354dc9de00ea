import { fenceEvents, jobEvents, type FenceEvent, type JobEvent, type Recorded } from '@pioche/contracts';
import { derivedId, type Fact } from '@pioche/kernel';
import { Board } from './board.js';

const asked = jobEvents.events.JobSubmitted.example;
const site = derivedId('site', 'paris');
const [here, there] = [derivedId('node', 'here'), derivedId('node', 'there')];
let position = 0;

const recorded = <F extends Fact>(fact: F, subject: string): Recorded<F> => ({
  ...fact, subject, position: (position += 1), id: `evt_${position}`, context: 'scheduling', version: 1, time: '2026-11-17T09:00:00.000Z', recordedTime: '2026-11-17T09:00:00.000Z',
  schemaVersion: 1, correlationId: 'x', causationId: 'x', actor: 'test',
});

/** A job of that name is placed on the node, and perhaps started and ended. */
function happens(board: Board, name: string, ...types: readonly ('JobPlaced' | 'JobStarted' | 'AllocationClosed')[]): string {
  const allocation = derivedId('allocation', name);
  for (const type of types) {
    const data = { ...jobEvents.events[type].example, allocation, ...(type === 'JobPlaced' ? { site, placements: [{ node: here, gpus: [derivedId('gpu', name)] }] } : {}) };
    board.jobChanged(recorded({ type, data } as JobEvent, derivedId('job', name)), asked);
  }
  return allocation;
}

const namesIn = (board: Board, reader: Parameters<Board['notice']>[0], since?: number) => {
  const { complete, assignments, ended } = board.notice(reader, since);
  return { complete, open: assignments.map(({ allocation }) => allocation), ended };
};

describe('what nodes are told', () => {
  it('is everything that is open, then what has changed', () => {
    const board = new Board();
    const [a, b, c] = [happens(board, 'a', 'JobPlaced'), happens(board, 'b', 'JobPlaced'), happens(board, 'c', 'JobPlaced', 'AllocationClosed')];
    expect(namesIn(board, { site })).toEqual({ complete: true, open: [a, b], ended: [] });
    const cursor = position;
    expect(namesIn(board, { site }, cursor)).toEqual({ complete: false, open: [], ended: [] });
    happens(board, 'a', 'JobStarted');
    happens(board, 'b', 'AllocationClosed');
    expect(namesIn(board, { site }, cursor)).toEqual({ complete: false, open: [a], ended: [b] });
    expect(namesIn(board, { site }, cursor - 1).ended).toEqual([c, b]);
    expect(namesIn(new Board(board.save()), { site }, cursor)).toEqual(namesIn(board, { site }, cursor));
  });

  it('is of one site, or of one node', () => {
    const board = new Board();
    const a = happens(board, 'a', 'JobPlaced');
    expect(namesIn(board, { node: here }).open).toEqual([a]);
    expect(namesIn(board, { node: there }).open).toEqual([]);
    expect(namesIn(board, { site: derivedId('site', 'lyon') }).open).toEqual([]);
    const cursor = position;
    happens(board, 'a', 'AllocationClosed');
    expect([namesIn(board, { node: here }, cursor).ended, namesIn(board, { node: there }, cursor).ended]).toEqual([[a], []]);
  });

  it('is everything again for who was away for too long', () => {
    const board = new Board({ ...new Board().save(), since: position + 1 });
    expect(namesIn(board, { site }, position).complete).toBe(true);
    expect(namesIn(board, { site }, position + 1).complete).toBe(false);
  });

  it('is by when a job has to stop, and until it has', () => {
    const board = new Board();
    const a = happens(board, 'a', 'JobPlaced', 'JobStarted');
    const cursor = position;
    const stop_by = '2026-11-17T10:02:00.000Z';
    board.jobChanged(recorded({ type: 'JobPreemptionOrdered', data: { allocation: a, reason: 'drain', stop_by } } as JobEvent, derivedId('job', 'a')), asked);
    expect(board.notice({ site }, cursor).assignments).toMatchObject([{ allocation: a, status: 'running', stop_by }]);
    expect(new Board(board.save()).find(a)).toMatchObject({ stop_by });
  });

  it('is what a gang goes on as, on other nodes, in the place of what it was', () => {
    const board = new Board();
    const a = happens(board, 'a', 'JobPlaced', 'JobStarted');
    const [cursor, next] = [position, derivedId('allocation', 'next')];
    const placements = [{ node: there, gpus: [derivedId('gpu', 'there')] }];
    board.jobChanged(recorded({ type: 'JobRepaired', data: { ...jobEvents.events.JobRepaired.example, from: a, allocation: next, site, placements } } as JobEvent, derivedId('job', 'a')), asked);
    happens(board, 'a', 'AllocationClosed');
    const { ended, assignments } = board.notice({ site }, cursor);
    expect([ended, assignments]).toMatchObject([[a], [{ allocation: next, job: derivedId('job', 'a'), name: asked.name, status: 'placed', time_limit_s: jobEvents.events.JobPlaced.example.time_limit_s, placements }]]);
    expect(namesIn(board, { node: here }, cursor)).toEqual({ complete: false, open: [], ended: [a] });
    expect(namesIn(board, { node: there }, cursor)).toEqual({ complete: false, open: [next], ended: [] });
  });

  it('is an order to fence until each node has said that it obeyed', () => {
    const board = new Board();
    board.nodeAdmitted(here, site);
    board.nodeAdmitted(there, derivedId('site', 'lyon'));
    const tell = (fact: FenceEvent) => board.fenceChanged(recorded(fact, 'fence_x'));
    const order = { ...fenceEvents.events.FenceOrdered.example, nodes: [here, there] };
    tell({ type: 'FenceOrdered', data: order });
    expect(board.notice({ site }, position).fences).toEqual([{ fence: 'fence_x', tenant: order.tenant, nodes: [here] }]);
    tell({ type: 'NodeFenceAcknowledged', data: { node: here, by: 'agent' } });
    expect(board.notice({ site }, undefined).fences).toEqual([]);
    expect(board.notice({ node: there }, undefined).fences).toMatchObject([{ nodes: [there] }]);
    tell({ type: 'FenceCompleted', data: fenceEvents.events.FenceCompleted.example });
    expect(board.notice({}, undefined).fences).toEqual([]);
  });
});
