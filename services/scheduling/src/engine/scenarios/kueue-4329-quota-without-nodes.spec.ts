import { ask, codes, nodeSpec, world } from '../../../test/engine-world.js';

/** kueue#4329, kueue#5243: quota is reserved for a workload that no node can take; it counts as admitted and blocks others. */
describe('kueue#4329, kueue#5243: quota says yes, nodes say no', () => {
  it('a job that no node will ever hold takes no quota and holds up nobody', () => {
    const engine = world(2, { gpus: 4, quota: 8 });
    engine.submit(ask('giant', { gpusPerNode: 8, priority: 5 }));
    for (let i = 0; i < 8; i++) engine.submit(ask(`small${i}`, { gpusPerNode: 1, arrivedMs: 1 }));
    const { placements, reservations } = engine.plan(1);
    expect(placements.map(({ job }) => job)).not.toContain('giant');
    expect(placements).toHaveLength(8);
    expect(reservations).toEqual([]);
    expect(codes(engine, 'giant', 1)).toContain('larger-than-site');
  });

  it('nor when it is old, and the tenant is at its quota by turns', () => {
    const engine = world(2, { gpus: 4, quota: 8 });
    engine.submit(ask('giant', { gpusPerNode: 8 }));
    let [submitted, placed] = [0, 0];
    for (let now = 0; now < 100 * 3_600_000; now += 3_600_000) {
      for (const job of engine.overdue(now)) engine.finished(job, now);
      for (let i = 0; i < 8; i++) engine.submit(ask(`small${submitted++}`, { timeLimitS: 3000, arrivedMs: now }));
      placed += engine.plan(now).placements.length;
    }
    expect(placed).toBe(submitted);
  });

  it('a job that fits by number but not by node is called fragmented, and starts as soon as a node is free', () => {
    const engine = world(2, { gpus: 4, quota: 8 });
    for (let i = 0; i < 4; i++) engine.submit(ask(`half${i}`, { gpusPerNode: 2, timeLimitS: 7200 }));
    const on = new Map(engine.plan(0).placements.map(({ job, placements: [share] }) => [job, share!.node]));
    for (const node of ['n0', 'n1']) engine.finished([...on].find(([, where]) => where === node)![0], 1000);
    engine.submit(ask('whole', { gpusPerNode: 4, arrivedMs: 1000 }));
    expect(engine.plan(1000).placements).toEqual([]);
    expect(codes(engine, 'whole', 1000)).toEqual(['fragmentation']);
    // It is not admitted, but its place in the line is: what would delay it does not start, what would not does.
    engine.submit(ask('long', { timeLimitS: 72_000, arrivedMs: 1001 }));
    engine.submit(ask('short', { timeLimitS: 600, arrivedMs: 1001 }));
    expect(engine.plan(1001).placements.map(({ job }) => job)).toContain('short');
  });

  it('runs when a node comes that can hold it', () => {
    const engine = world(1, { gpus: 4 });
    engine.submit(ask('giant', { gpusPerNode: 8 }));
    expect(engine.plan(0).placements).toEqual([]);
    engine.admitNode(nodeSpec('big', { gpus: 8 }));
    expect(engine.plan(1).placements.map(({ job }) => job)).toEqual(['giant']);
  });
});
