import fc from 'fast-check';
import { ask, codes, simulate, world } from '../../test/engine-world.js';

const HOUR = 3_600_000;

describe('the order of the queue', () => {
  it('is the queue, then the priority, then the arrival; a gang of 16 GPUs counts as an hour earlier', () => {
    const engine = world(0);
    engine.setQueue('urgent', { priority: 1, defaultTimeLimitS: 3600 });
    engine.submit(ask('first', { arrivedMs: HOUR }));
    engine.submit(ask('gang', { arrivedMs: HOUR + 1, nodes: 2, gpusPerNode: 8 }));
    engine.submit(ask('important', { arrivedMs: HOUR + 2, priority: 1 }));
    engine.submit(ask('urgent', { arrivedMs: HOUR + 3, queue: 'urgent' }));
    expect(engine.pending()).toEqual(['urgent', 'important', 'gang', 'first']);
  });

  it('serves a shorter limit first', () => {
    const engine = world(0);
    engine.submit(ask('long', { timeLimitS: 10_000 }));
    engine.submit(ask('short', { timeLimitS: 10, arrivedMs: 500_000 }));
    expect(engine.pending()).toEqual(['short', 'long']);
  });

  it('puts what has waited for too long before what is younger', () => {
    const engine = world(0);
    engine.submit(ask('long', { timeLimitS: 100_000 }));
    engine.submit(ask('short', { timeLimitS: 10, arrivedMs: 1000 + HOUR / 2 }));
    expect(engine.pending()).toEqual(['short', 'long']);
    engine.plan(HOUR);
    expect(engine.pending()).toEqual(['long', 'short']);
  });

  it('does not serve a job whose queue is not open, and does when it opens', () => {
    const engine = world(1);
    engine.submit(ask('a', { queue: 'later' }));
    expect(engine.plan(0).placements).toEqual([]);
    expect(codes(engine, 'a')).toEqual(['unknown-queue']);
    engine.setQueue('later', { priority: 0, defaultTimeLimitS: 60 });
    expect(engine.plan(0).placements).toMatchObject([{ job: 'a', timeLimitS: 60 }]);
  });
});

describe('a quota', () => {
  it('makes a tenant wait, and nobody else', () => {
    const engine = world(1, { quota: 2 });
    for (const job of ['a', 'b', 'c']) engine.submit(ask(job));
    engine.submit(ask('other', { tenant: 'bob' }));
    expect(engine.plan(0).placements.map(({ job }) => job)).toEqual(['a', 'b', 'other']);
    expect(engine.why('c', 0)?.reasons).toMatchObject([{ code: 'quota', details: { in_use_gpus: 2, allowed_gpus: 2, over_gpus: 1 } }]);
  });

  it('counts borrowed GPUs, and none without a quota', () => {
    const engine = world(1, { quota: 1 });
    engine.setQuota('ada', { guaranteed: 1, borrowable: 1, weight: 1 });
    for (const job of ['a', 'b', 'c']) engine.submit(ask(job));
    engine.submit(ask('stranger', { tenant: 'eve' }));
    expect(engine.plan(0).placements.map(({ job }) => job)).toEqual(['a', 'b']);
    expect(codes(engine, 'stranger')).toEqual(['quota']);
  });

  it('is never exceeded', () => {
    const job = fc.record({ tenant: fc.constantFrom('ada', 'bob'), gpusPerNode: fc.integer({ min: 1, max: 4 }), nodes: fc.integer({ min: 1, max: 2 }), arrivedMs: fc.integer({ min: 0, max: 100_000 }), share: fc.double({ min: 0.1, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(job, { maxLength: 25 }), (jobs) => {
        const engine = world(3, { gpus: 4, quota: 8 });
        const size = new Map(jobs.map(({ gpusPerNode, nodes }, i) => [`j${i}`, gpusPerNode * nodes]));
        simulate(engine, jobs.map(({ share, ...over }, i) => ({ ask: ask(`j${i}`, { ...over, timeLimitS: 60 }), share })), (_, now) => {
          const held = { ada: 0, bob: 0 };
          for (const { ask: each } of now.snapshot().running) held[each.tenant as 'ada' | 'bob'] += size.get(each.job)!;
          expect(Math.max(held.ada, held.bob)).toBeLessThanOrEqual(8);
        });
      }),
      { numRuns: 60 },
    );
  });
});
