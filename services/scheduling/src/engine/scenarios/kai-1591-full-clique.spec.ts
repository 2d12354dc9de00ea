import { ask, world } from '../../../test/engine-world.js';

/** KAI-Scheduler#1591: looking for victims in a fully packed clique takes minutes, for every set of them is simulated anew. */
describe('KAI-Scheduler#1591: victims in a fully packed clique', () => {
  const HOUR_MS = 3_600_000;

  /** Nodes full of jobs of one GPU each. */
  function full(nodes: number) {
    const engine = world(nodes, { gpus: 8, perUnit: 32 });
    for (let i = 0; i < nodes * 8; i++) engine.submit(ask(`low${i}`, { timeLimitS: 360_000 }));
    expect(engine.plan(0).placements).toHaveLength(nodes * 8);
    return engine;
  }

  const searching = (nodes: number): number => {
    const engine = full(nodes);
    engine.submit(ask('clique', { nodes: 8, gpusPerNode: 8, priority: 1, topology: { required: 'unit' } }));
    const begin = performance.now();
    const { preemptions } = engine.plan(HOUR_MS);
    const ms = performance.now() - begin;
    expect(preemptions).toHaveLength(64);
    return ms;
  };

  it('are found, and none of them is not needed: as many as the clique has GPUs', () => {
    const engine = full(32);
    engine.submit(ask('clique', { nodes: 8, gpusPerNode: 8, priority: 1, topology: { required: 'unit' } }));
    const { preemptions } = engine.plan(HOUR_MS);
    expect(preemptions).toHaveLength(64);
    for (const { job } of preemptions) engine.requeued(job);
    expect(engine.plan(HOUR_MS + 1).placements.map(({ job }) => job)).toEqual(['clique']);
  });

  it('stops fewer where less is needed: gaps count', () => {
    const engine = full(32);
    for (const job of engine.jobsOn('n5').slice(0, 5)) engine.finished(job, 1000);
    engine.submit(ask('six', { gpusPerNode: 6, priority: 1 }));
    expect(engine.plan(HOUR_MS).preemptions).toHaveLength(1);
  });

  it('are found in a time that grows with the cluster, not with the sets of them', () => {
    searching(32);
    const [small, large] = [searching(32), searching(128)];
    expect(large).toBeLessThan(20 * Math.max(small, 5));
  });
});
