import { ask, nodeSpec, world } from '../../../test/engine-world.js';

const nodesOf = (placements: readonly { readonly node: string }[] | undefined): string[] => (placements ?? []).map(({ node }) => node);

describe('a gang that has lost a node', () => {
  it('goes on with a spare of its unit, on the same rails, and keeps its other nodes', () => {
    const engine = world(6, { gpus: 8, perUnit: 3 });
    engine.submit(ask('gang', { nodes: 2, gpusPerNode: 8 }));
    engine.plan(0);
    engine.withdrawNode('n0');
    const { repairs, evictions } = engine.plan(1000);
    expect(repairs).toEqual([{ job: 'gang', replaced: [{ node: 'n0', by: 'n2' }], placements: [expect.objectContaining({ node: 'n2' }), expect.objectContaining({ node: 'n1' })] }]);
    expect(evictions).toEqual([]);
    expect(engine.jobsOn('n0')).toEqual([]);
    engine.withdrawNode('n2');
    expect(engine.plan(2000).repairs).toMatchObject([{ replaced: [{ node: 'n2', by: 'n3' }] }]);
  });

  it('waits a while for the first node that comes free, before anybody else, and only then waits anew', () => {
    const engine = world(3, { gpus: 8 });
    engine.submit(ask('gang', { nodes: 2, gpusPerNode: 8, timeLimitS: 36_000 }));
    engine.submit(ask('other', { gpusPerNode: 8, timeLimitS: 36_000 }));
    engine.plan(0);
    engine.withdrawNode('n0');
    expect(engine.plan(1000)).toMatchObject({ repairs: [], evictions: [], wakeAtMs: 601_000 });
    engine.submit(ask('hungry', { gpusPerNode: 8 }));
    engine.finished('other', 2000);
    const { repairs, placements } = engine.plan(2000);
    expect(repairs).toMatchObject([{ job: 'gang', replaced: [{ node: 'n0', by: 'n2' }] }]);
    expect(placements).toEqual([]);
    engine.withdrawNode('n1');
    engine.plan(3000);
    expect(engine.plan(603_000).evictions).toEqual([{ job: 'gang', reason: 'no-spare' }]);
  });

  it('asks what ranks lower to make room for a spare', () => {
    const engine = world(3, { gpus: 8 });
    engine.submit(ask('gang', { nodes: 2, gpusPerNode: 8, priority: 1, timeLimitS: 36_000 }));
    engine.submit(ask('low', { gpusPerNode: 2, timeLimitS: 36_000 }));
    engine.plan(0);
    engine.withdrawNode('n0');
    expect(engine.plan(3_600_000).preemptions).toMatchObject([{ job: 'low', for: 'gang', reason: 'repair' }]);
    engine.requeued('low');
    expect(engine.plan(3_600_001).repairs).toMatchObject([{ job: 'gang', replaced: [{ node: 'n0', by: 'n2' }] }]);
  });

  it('is told to other engines, and taken back when it could not be recorded', () => {
    const engine = world(3);
    const follower = world(3);
    for (const each of [engine, follower]) each.submit(ask('gang', { nodes: 2, gpusPerNode: 8 }));
    for (const { job, placements } of engine.plan(0).placements) follower.placed(job, placements, 0);
    for (const each of [engine, follower]) each.withdrawNode('n0');
    const decided = engine.plan(1000);
    engine.retract(decided);
    expect(engine.jobsOn('n0')).toEqual(['gang']);
    const [repair] = engine.plan(1000).repairs;
    follower.repaired('gang', repair!.placements, 1000);
    engine.repaired('gang', repair!.placements, 1000);
    expect([engine.jobsOn('n0'), follower.jobsOn('n0'), follower.jobsOn('n2')]).toEqual([[], [], ['gang']]);
    expect(follower.plan(2000).repairs).toEqual([]);
  });
});

describe('a job of one node', () => {
  it('waits again when its node is gone', () => {
    const engine = world(2);
    engine.submit(ask('a'));
    engine.plan(0);
    engine.withdrawNode('n0');
    expect(engine.plan(1000).evictions).toEqual([{ job: 'a', reason: 'no-spare' }]);
    engine.requeued('a');
    expect(nodesOf(engine.plan(1000).placements[0]?.placements)).toEqual(['n1']);
  });
});

describe('a drain with a deadline', () => {
  it('lets run what ends before it, and asks the rest to save its progress in time', () => {
    const engine = world(2, { gpus: 2 });
    engine.submit(ask('short', { timeLimitS: 600 }));
    engine.submit(ask('long', { timeLimitS: 36_000 }));
    engine.plan(0);
    engine.cordonNode('n0', 3_600_000);
    expect(engine.plan(1000)).toMatchObject({ preemptions: [], evictions: [], wakeAtMs: 3_480_000 });
    expect(engine.plan(3_480_000).preemptions).toEqual([{ job: 'long', reason: 'drain', byMs: 3_600_000 }]);
    expect(engine.plan(3_600_000).evictions).toEqual([expect.objectContaining({ job: 'short', reason: 'drain' }), { job: 'long', reason: 'drain' }]);
  });

  it('moves a gang to a spare at the deadline instead of stopping it', () => {
    const engine = world(3);
    engine.submit(ask('gang', { nodes: 2, gpusPerNode: 8, timeLimitS: 36_000 }));
    engine.plan(0);
    engine.cordonNode('n1', 3_600_000);
    engine.plan(3_480_000);
    expect(engine.plan(3_600_000).repairs).toMatchObject([{ job: 'gang', replaced: [{ node: 'n1', by: 'n2' }] }]);
  });

  it('is over when the node is admitted again', () => {
    const engine = world(1);
    engine.submit(ask('long', { timeLimitS: 36_000 }));
    engine.plan(0);
    engine.cordonNode('n0', 3_600_000);
    engine.plan(1000);
    engine.admitNode(nodeSpec('n0'));
    expect(engine.plan(3_600_000)).toMatchObject({ preemptions: [], evictions: [] });
  });
});
