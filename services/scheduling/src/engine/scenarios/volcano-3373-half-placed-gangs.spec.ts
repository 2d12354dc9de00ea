import { ask, simulate, world, type SimJob } from '../../../test/engine-world.js';

/** volcano#3373: two gangs each hold half of the nodes that the other waits for, and neither ever starts. */
describe('volcano#3373: half-placed gangs', () => {
  it('never: a gang gets all of its nodes or none, and both run, one after the other', () => {
    const engine = world(4, { gpus: 8 });
    for (const job of ['one', 'two']) engine.submit(ask(job, { nodes: 3, gpusPerNode: 8, timeLimitS: 3600 }));
    const first = engine.plan(0);
    expect(first.placements.map(({ job, placements }) => [job, placements.length])).toEqual([['one', 3]]);
    expect(engine.jobsOn('n3').concat(engine.jobsOn('n0')).filter((job) => job === 'two')).toEqual([]);
    engine.finished('one', 1000);
    expect(engine.plan(1000).placements.map(({ job, placements }) => [job, placements.length])).toEqual([['two', 3]]);
  });

  it('nor with many gangs that come at once, and whatever they need beside GPUs', () => {
    const jobs: SimJob[] = Array.from({ length: 60 }, (_, i) => ({
      ask: ask(`gang${i}`, { nodes: 2 + (i % 3), gpusPerNode: 4 + (i % 5), timeLimitS: 600 + 60 * (i % 7), arrivedMs: 1000 * Math.floor(i / 20), ...(i % 2 ? { topology: { required: 'unit' as const } } : {}) }),
      share: 0.5 + (i % 5) / 10,
    }));
    const sizes = new Map(jobs.map(({ ask: { job, nodes } }) => [job, nodes]));
    const seen = new Set<string>();
    simulate(world(8, { gpus: 8, perUnit: 4 }), jobs, ({ placements }, engine) => {
      for (const { job, placements: shares } of placements) {
        seen.add(job);
        expect(shares).toHaveLength(sizes.get(job)!);
      }
      const waiting = new Set(engine.pending());
      for (let n = 0; n < 8; n++) for (const job of engine.jobsOn(`n${n}`)) expect(waiting.has(job)).toBe(false);
    });
    expect(seen.size).toBe(60);
  });
});
