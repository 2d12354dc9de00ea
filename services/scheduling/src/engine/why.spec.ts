import fc from 'fast-check';
import type { Engine, JobAsk } from './index.js';
import { allowAll, ask, codes, nodeSpec, world } from '../../test/engine-world.js';

/** Takes each obstacle away for real, in a fork, and looks whether the job then starts. */
function startsWithout(engine: Engine, asked: JobAsk, away: readonly string[], nowMs: number): boolean {
  const fork = engine.fork();
  const { running, reservations } = fork.snapshot();
  const reserved = new Set(away.includes('behind-reservation') ? [] : reservations.map(({ job }) => job));
  for (const job of fork.pending()) if (job !== asked.job && !reserved.has(job)) fork.cancel(job);
  if (away.includes('no-permit')) fork.setPermit(allowAll);
  if (away.includes('tenant-barred')) fork.unbarTenant(asked.tenant, 'switch');
  if (away.includes('nodes-cordoned')) fork.admitNode(nodeSpec('n0', { gpus: 4 }));
  const inUse = running.filter((job) => job.ask.tenant === asked.tenant);
  const quota = fork.snapshot().tenants.find(({ tenant }) => tenant === asked.tenant)?.quota;
  if (away.includes('not-enough-gpus') || away.includes('fragmentation')) {
    // GPUs come free, but what the tenant holds still counts in its quota.
    const held = inUse.reduce((sum, job) => sum + (job.ask.nodes * job.ask.gpusPerNode * job.ask.gpuMilli) / 1000, 0);
    for (const { ask: each } of running) fork.cancel(each.job);
    fork.setQuota(asked.tenant, { guaranteed: Math.floor((quota?.guaranteed ?? 0) - held), borrowable: 0, weight: 1 });
  }
  if (away.includes('quota')) fork.setQuota(asked.tenant, { guaranteed: 1000, borrowable: 0, weight: 1 });
  return fork.plan(nowMs).placements.some(({ job }) => job === asked.job);
}

describe('why a job waits', () => {
  it('tells fragmentation from scarcity', () => {
    const engine = world(2, { gpus: 2 });
    engine.submit(ask('a', { gpusPerNode: 2 }));
    engine.submit(ask('b', { gpusPerNode: 1, timeLimitS: 7200 }));
    engine.plan(0);
    engine.submit(ask('c', { gpusPerNode: 1 }));
    engine.plan(0);
    engine.cancel('a');
    engine.submit(ask('d', { gpusPerNode: 1, nodes: 1 }));
    engine.plan(0);
    engine.cancel('c');
    engine.plan(0);
    engine.submit(ask('pair', { gpusPerNode: 2 }));
    engine.submit(ask('all', { gpusPerNode: 2, nodes: 2 }));
    engine.plan(0);
    expect(codes(engine, 'pair')).toEqual(['fragmentation']);
    expect(codes(engine, 'all')).toEqual(['not-enough-gpus', 'behind-reservation']);
  });

  it('names every obstacle when there are several', () => {
    const engine = world(1, { gpus: 2, quota: 1, permit: () => ({ allowed: false, rules: ['no'], text: 'No.' }) });
    engine.barTenant('ada', 'switch');
    engine.submit(ask('a', { gpusPerNode: 2 }));
    engine.plan(0);
    expect(codes(engine, 'a')).toEqual(['quota', 'tenant-barred', 'no-permit']);
  });

  it('says when nothing would help', () => {
    const engine = world(1, { gpus: 2 });
    engine.submit(ask('a', { gpusPerNode: 3 }));
    engine.submit(ask('b', { gpuModels: ['B200'] }));
    engine.plan(0);
    expect([codes(engine, 'a'), codes(engine, 'b')]).toEqual([['larger-than-site'], ['larger-than-site']]);
    expect(engine.why('a', 0)?.estimatedStartMs).toBeUndefined();
    expect(engine.why('unheard-of', 0)).toBeUndefined();
  });

  it('gives the fewest reasons: without all of them the job starts, without one fewer it does not', () => {
    const asked = fc.record({ nodes: fc.integer({ min: 1, max: 2 }), gpusPerNode: fc.integer({ min: 1, max: 4 }), tenant: fc.constantFrom('ada', 'bob'), timeLimitS: fc.integer({ min: 1, max: 100 }) });
    let checked = 0;
    fc.assert(
      fc.property(fc.array(asked, { minLength: 2, maxLength: 8 }), fc.integer({ min: 2, max: 12 }), fc.boolean(), fc.boolean(), fc.boolean(), (shapes, quota, barred, cordoned, permitted) => {
        const engine = world(3, { gpus: 4, quota, permit: (each, site) => (permitted || each.tenant === 'ada' ? allowAll(each, site) : { allowed: false, rules: ['no'], text: 'No.' }) });
        if (cordoned) engine.cordonNode('n0');
        const asks = shapes.map((shape, i) => ask(`j${i}`, shape));
        for (const each of asks) {
          engine.submit(each);
          engine.plan(0);
        }
        if (barred) engine.barTenant('bob', 'switch');
        engine.plan(0);
        for (const each of asks) {
          const why = codes(engine, each.job);
          if (!why || why.includes('larger-than-site') || engine.snapshot().reservations.some(({ job }) => job === each.job)) continue;
          checked += 1;
          expect(startsWithout(engine, each, why, 0)).toBe(true);
          for (const obstacle of why) {
            // Shapes are made to fit by emptying the nodes: that is more room than the reason speaks of.
            if (obstacle === 'behind-reservation' && why.includes('fragmentation')) continue;
            expect([obstacle, startsWithout(engine, each, why.filter((other) => other !== obstacle), 0)]).toEqual([obstacle, false]);
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(checked).toBeGreaterThan(100);
  });
});

describe('the estimated start', () => {
  it('is when the limits of what is before it are over', () => {
    const engine = world(1, { gpus: 1 });
    for (const job of ['a', 'b', 'c']) engine.submit(ask(job, { timeLimitS: 100 }));
    engine.plan(0);
    expect([...engine.estimates(0)]).toEqual([['b', 100_000], ['c', 200_000]]);
    expect(engine.why('c', 0)).toMatchObject({ estimatedStartMs: 200_000, reasons: [{ code: 'not-enough-gpus' }, { code: 'behind-reservation', details: { ahead: [{ job: 'b' }] } }] });
  });

  it('knows fractions, gangs and quotas', () => {
    const engine = world(2, { gpus: 1, quota: 2 });
    engine.submit(ask('a', { gpuMilli: 500, timeLimitS: 100 }));
    engine.submit(ask('b', { timeLimitS: 50 }));
    engine.plan(0);
    engine.submit(ask('gang', { nodes: 2, timeLimitS: 10 }));
    engine.submit(ask('half', { gpuMilli: 600, timeLimitS: 10, arrivedMs: 100_000 }));
    engine.plan(1000);
    expect([...engine.estimates(1000)]).toEqual([['gang', 100_000], ['half', 110_000]]);
  });
});
