import { ask, codes, nodeSpec, world } from '../../test/engine-world.js';
import { Engine } from './index.js';

const nodesOf = (engine: Engine, nowMs = 0) => Object.fromEntries(engine.plan(nowMs).placements.map(({ job, placements }) => [job, placements.map(({ node }) => node)]));

describe('where a job is placed', () => {
  it('fills the node with the fewest GPUs left', () => {
    const engine = world(3);
    engine.submit(ask('a', { gpusPerNode: 6 }));
    expect(nodesOf(engine)).toEqual({ a: ['n0'] });
    engine.submit(ask('b', { gpusPerNode: 4 }));
    expect(nodesOf(engine)).toEqual({ b: ['n1'] });
    engine.submit(ask('c', { gpusPerNode: 2 }));
    expect(nodesOf(engine)).toEqual({ c: ['n0'] });
  });

  it('names exact GPUs, no one twice', () => {
    const engine = world(1);
    engine.submit(ask('a', { gpusPerNode: 2 }));
    engine.submit(ask('b', { gpusPerNode: 1 }));
    const placed = engine.plan(0).placements;
    expect(placed.map(({ placements }) => placements)).toEqual([[{ node: 'n0', gpus: ['n0.0', 'n0.1'] }], [{ node: 'n0', gpus: ['n0.2'] }]]);
    expect(placed[0]).toMatchObject({ site: 'paris', gpuModel: 'H100', timeLimitS: 3600, permit: { allowed: true, rules: ['baseline'] } });
  });

  it('keeps a gang inside one scalable unit, the one with the fewest nodes to spare', () => {
    const engine = world(7, { perUnit: 4 });
    engine.submit(ask('gang', { nodes: 3, gpusPerNode: 8 }));
    expect(nodesOf(engine)).toEqual({ gang: ['n4', 'n5', 'n6'] });
  });

  it('spreads a gang over units when none can hold it, and never places a part', () => {
    const engine = world(4, { perUnit: 2 });
    engine.submit(ask('wide', { nodes: 3, gpusPerNode: 8 }));
    engine.submit(ask('wider', { nodes: 2, gpusPerNode: 8 }));
    expect(nodesOf(engine)).toEqual({ wide: ['n0', 'n1', 'n2'] });
    expect(codes(engine, 'wider')).toEqual(['not-enough-gpus']);
  });

  it('gives a gang the same rails on all its nodes', () => {
    const engine = world(2);
    engine.submit(ask('a', { gpusPerNode: 2 }));
    engine.plan(0);
    engine.submit(ask('gang', { nodes: 2, gpusPerNode: 4 }));
    expect(engine.plan(0).placements[0]?.placements.map(({ gpus }) => gpus.map((gpu) => gpu.split('.')[1]))).toEqual([['2', '3', '4', '5'], ['2', '3', '4', '5']]);
  });

  it('packs fractions on the GPU with the least room, and opens a whole one only then', () => {
    const engine = world(1, { gpus: 2 });
    for (const [job, gpuMilli] of [['a', 600], ['b', 500], ['c', 400], ['d', 500], ['e', 100]] as const) engine.submit(ask(job, { gpuMilli }));
    expect(engine.plan(0).placements.map(({ job, placements }) => [job, placements[0]?.gpus[0]])).toEqual([['a', 'n0.0'], ['b', 'n0.1'], ['c', 'n0.0'], ['d', 'n0.1']]);
    engine.finished('a', 1);
    expect(engine.plan(1).placements.map(({ job }) => job)).toEqual(['e']);
  });

  it('never mixes sites in a gang, and keeps to the site that is asked for', () => {
    const engine = world(2);
    engine.admitNode(nodeSpec('b0', { site: 'berlin', country: 'DE' }));
    engine.submit(ask('gang', { nodes: 3, gpusPerNode: 8 }));
    engine.submit(ask('there', { site: 'berlin' }));
    expect(nodesOf(engine)).toEqual({ there: ['b0'] });
    expect(codes(engine, 'gang')).toEqual(['larger-than-site']);
  });

  it('places nothing on a cordoned or withdrawn node until it is admitted again', () => {
    const engine = world(2, { gpus: 1 });
    engine.cordonNode('n0');
    engine.withdrawNode('n1');
    engine.submit(ask('a'));
    expect(nodesOf(engine)).toEqual({});
    expect(codes(engine, 'a')).toEqual(['nodes-cordoned']);
    engine.admitNode(nodeSpec('n1', { gpus: 1 }));
    expect(nodesOf(engine)).toEqual({ a: ['n1'] });
  });

  it('gives the jobs of a withdrawn node back, and them their place in the queue', () => {
    const engine = world(1, { gpus: 1 });
    engine.submit(ask('first'));
    engine.plan(0);
    engine.submit(ask('second', { arrivedMs: 5 }));
    engine.withdrawNode('n0');
    expect(engine.jobsOn('n0')).toEqual(['first']);
    engine.requeued('first');
    expect(engine.pending()).toEqual(['first', 'second']);
    engine.admitNode(nodeSpec('n0', { gpus: 1 }));
    expect(nodesOf(engine)).toEqual({ first: ['n0'] });
  });

  it('keeps what a node holds when the node comes again with other facts and a new GPU', () => {
    const engine = world(1, { gpus: 2 });
    engine.submit(ask('a'));
    engine.plan(0);
    const { gpus, ...spec } = nodeSpec('n0', { gpus: 2, country: 'DE' });
    engine.admitNode({ ...spec, gpus: [{ ...gpus[0]!, rail: 1, index: 1 }, { ...gpus[1]!, id: 'new', rail: 0, index: 0 }] });
    engine.submit(ask('b'));
    engine.submit(ask('c'));
    expect(engine.plan(1).placements.map(({ job, placements }) => [job, placements[0]?.gpus])).toEqual([['b', ['new']]]);
    engine.finished('a', 2);
    expect(engine.plan(2).placements.map(({ placements }) => placements[0]?.gpus)).toEqual([['n0.0']]);
  });
});
