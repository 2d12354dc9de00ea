import { ask, nodeSpec, world } from '../../../test/engine-world.js';

const NODES = 64;

/** kueue#14244: the first lost node of a gang is replaced, a second one under it is not, and the gang hangs or is evicted whole. */
describe('kueue#14244: a second node of a gang fails', () => {
  const gang = (spares: number) => {
    const engine = world(NODES + spares, { gpus: 8, perUnit: 16 });
    engine.submit(ask('gang', { nodes: NODES, gpusPerNode: 8, timeLimitS: 360_000 }));
    const [placed] = engine.plan(0).placements;
    const held = placed!.placements.map(({ node }) => node);
    const free = Array.from({ length: NODES + spares }, (_, n) => `n${n}`).filter((node) => !held.includes(node));
    return { engine, held, free };
  };

  it('is repaired again, and keeps its other nodes', () => {
    const { engine, held, free } = gang(2);
    engine.withdrawNode(held[0]!);
    const [first] = engine.plan(1000).repairs;
    engine.repaired('gang', first!.placements, 1000);
    engine.withdrawNode(held[1]!);
    const second = engine.plan(2000);
    expect(second).toMatchObject({ evictions: [], repairs: [{ job: 'gang' }] });
    const names = second.repairs[0]!.placements.map(({ node }) => node);
    expect([...names].sort()).toEqual([...held.slice(2), ...free].sort());
  });

  it('is repaired when the spare itself fails', () => {
    const { engine, held } = gang(2);
    engine.withdrawNode(held[0]!);
    const [{ replaced: [first] } = { replaced: [] }] = engine.plan(1000).repairs;
    engine.withdrawNode(first!.by);
    expect(engine.plan(2000).repairs).toMatchObject([{ replaced: [{ node: first!.by }] }]);
  });

  it('waits on for both when the second fails while the first spare is awaited, and takes both in one step', () => {
    const { engine, held } = gang(0);
    engine.withdrawNode(held[0]!);
    expect(engine.plan(1000)).toMatchObject({ repairs: [], evictions: [], wakeAtMs: 601_000 });
    engine.withdrawNode(held[1]!);
    expect(engine.plan(300_000)).toMatchObject({ repairs: [], evictions: [], wakeAtMs: 601_000 });
    engine.admitNode(nodeSpec('new0', { unit: 1 }));
    expect(engine.plan(400_000)).toMatchObject({ repairs: [], evictions: [] });
    engine.admitNode(nodeSpec('new1', { unit: 1 }));
    const { repairs, evictions } = engine.plan(500_000);
    expect(evictions).toEqual([]);
    expect(repairs[0]?.replaced.map(({ node }) => node).sort()).toEqual([held[0]!, held[1]!].sort());
    expect(repairs[0]?.placements).toHaveLength(NODES);
    expect(engine.plan(2_000_000)).toMatchObject({ repairs: [], evictions: [] });
  });

  it('asks nobody to make room for a spare that it could not use: one outside its unit', () => {
    const engine = world(4, { gpus: 8, perUnit: 2 });
    engine.submit(ask('gang', { nodes: 2, gpusPerNode: 8, priority: 1, timeLimitS: 360_000, topology: { required: 'unit' } }));
    const held = new Set(engine.plan(0).placements[0]?.placements.map(({ node }) => node));
    for (const job of ['low0', 'low1']) engine.submit(ask(job, { gpusPerNode: 8, timeLimitS: 360_000 }));
    expect(engine.plan(1000).placements).toHaveLength(2);
    const [lost] = held;
    engine.withdrawNode(lost!);
    expect(engine.plan(1_000_000)).toMatchObject({ repairs: [], preemptions: [], evictions: [] });
  });

  it('gives its nodes back, all of them, when no spare comes in time', () => {
    const { engine, held } = gang(0);
    engine.withdrawNode(held[0]!);
    engine.plan(1000);
    engine.withdrawNode(held[1]!);
    engine.plan(2000);
    expect(engine.plan(601_000).evictions).toEqual([{ job: 'gang', reason: 'no-spare' }]);
    engine.requeued('gang');
    expect(held.flatMap((node) => engine.jobsOn(node))).toEqual([]);
    engine.submit(ask('next', { nodes: NODES - 2, gpusPerNode: 8 }));
    expect(engine.plan(602_000).placements.map(({ job }) => job)).toEqual(['next']);
  });
});
