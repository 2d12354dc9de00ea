import { ask, world } from '../../../test/engine-world.js';

/**
 * kueue#10815: a gang that needs its nodes in one topology domain preempts victims by their rank, wherever they run; what
 * they leave lies scattered over domains, and the gang still does not start.
 */
describe('kueue#10815: preemption for a clique of 64 GPUs', () => {
  const HOUR_MS = 3_600_000;
  const UNITS = 4;
  const NODES = 8;

  it('frees all of it in one scalable unit, and then starts it there', () => {
    const engine = world(UNITS * NODES, { gpus: 8, perUnit: NODES });
    // In every unit most jobs are dear to stop, and one node holds a job that has just saved its progress.
    for (let n = 0; n < UNITS * NODES; n++) engine.submit(ask(`low${n}`, { gpusPerNode: 8, timeLimitS: 360_000 }));
    const on = new Map(engine.plan(0).placements.map(({ job, placements: [share] }) => [share!.node, job]));
    for (let unit = 0; unit < UNITS; unit++) engine.checkpointed(on.get(`n${unit * NODES}`)!, HOUR_MS - 1);
    // The third unit is the cheapest as a whole, though each of the others has a cheap node too.
    for (let n = 2 * NODES; n < 3 * NODES; n++) engine.checkpointed(on.get(`n${n}`)!, HOUR_MS / 2);
    engine.submit(ask('clique', { nodes: NODES, gpusPerNode: 8, priority: 10, topology: { required: 'unit' } }));

    const { preemptions } = engine.plan(HOUR_MS);
    const third = Array.from({ length: NODES }, (_, i) => on.get(`n${2 * NODES + i}`)!);
    expect(preemptions.map(({ job }) => job).sort()).toEqual(third.sort());
    for (const { job } of preemptions) engine.requeued(job);
    expect(engine.plan(HOUR_MS + 1).placements.find(({ job }) => job === 'clique')?.placements.map(({ node }) => node).sort()).toEqual(
      Array.from({ length: NODES }, (_, i) => `n${2 * NODES + i}`).sort(),
    );
  });

  it('stops nobody when no domain could be freed as a whole', () => {
    const engine = world(UNITS * NODES, { gpus: 8, perUnit: NODES });
    for (let n = 0; n < UNITS * NODES; n++) engine.submit(ask(`low${n}`, { gpusPerNode: 8, timeLimitS: 360_000, preemptible: n % NODES !== 3 }));
    const placed = engine.plan(0).placements;
    const firm = new Set(placed.filter(({ job }) => Number(job.slice(3)) % NODES === 3).map(({ placements: [share] }) => Math.floor(Number(share!.node.slice(1)) / NODES)));
    expect(firm.size).toBe(UNITS);
    engine.submit(ask('clique', { nodes: NODES, gpusPerNode: 8, priority: 10, topology: { required: 'unit' } }));
    expect(engine.plan(HOUR_MS).preemptions).toEqual([]);
  });
});
