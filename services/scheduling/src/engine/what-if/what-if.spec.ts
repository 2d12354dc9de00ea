import fc from 'fast-check';
import { ask, simulate, world, type SimJob } from '../../../test/engine-world.js';
import type { Engine } from '../index.js';

const HOUR_S = 3600;
const HOUR_MS = HOUR_S * 1000;

const jobs = fc
  .array(
    fc.record({
      nodes: fc.integer({ min: 1, max: 3 }), gpusPerNode: fc.integer({ min: 1, max: 4 }), gpuMilli: fc.constantFrom(1000, 1000, 400), tenant: fc.constantFrom('ada', 'bob'),
      priority: fc.constantFrom(0, 0, 0, 1), timeLimitS: fc.integer({ min: 1, max: 40_000 }), arrivedMs: fc.integer({ min: 0, max: 20_000_000 }), share: fc.double({ min: 0.1, max: 1, noNaN: true }),
    }),
    { minLength: 2, maxLength: 30 },
  )
  .map((all): SimJob[] => all.map(({ share, ...over }, i) => ({ ask: ask(`j${i}`, over.gpuMilli < 1000 ? { ...over, nodes: 1, gpusPerNode: 1 } : over), share })));

describe('a fork', () => {
  it('is the same state, decides as the original would, and leaves it alone', () => {
    fc.assert(
      fc.property(jobs, fc.integer({ min: 4, max: 12 }), (all, quota) => {
        let step = 0;
        simulate(world(3, { gpus: 4, perUnit: 2, quota }), all, (_, engine) => {
          step += 1;
          const before = JSON.stringify(engine.snapshot());
          const fork = engine.fork();
          expect(JSON.stringify(fork.snapshot())).toBe(before);
          if (step % 4 !== 0) return undefined;
          const twin = engine.fork();
          const later = (each: Engine): unknown => {
            each.submit(ask('new', { nodes: 2, gpusPerNode: 2 }));
            const [first] = each.overdue(Infinity);
            if (first !== undefined) each.finished(first, 30_000_000);
            return [each.plan(30_000_000), each.snapshot(), [...each.estimates(30_000_000)], each.whyAll(30_000_000)];
          };
          expect(JSON.stringify(later(twin))).toBe(JSON.stringify(later(fork)));
          expect(JSON.stringify(engine.snapshot())).toBe(before);
          return engine.fork();
        });
      }),
      { numRuns: 60, seed: 7 },
    );
  });
});

describe('what if', () => {
  /** Two nodes: one is full for an hour, the other for two; two jobs wait. */
  const busy = (): Engine => {
    const engine = world(2, { gpus: 4 });
    engine.submit(ask('short', { gpusPerNode: 4, timeLimitS: HOUR_S }));
    engine.submit(ask('long', { gpusPerNode: 4, timeLimitS: 2 * HOUR_S }));
    engine.plan(0);
    engine.submit(ask('first', { gpusPerNode: 4, timeLimitS: HOUR_S, arrivedMs: 1 }));
    engine.submit(ask('second', { gpusPerNode: 4, timeLimitS: HOUR_S, arrivedMs: 2, tenant: 'bob' }));
    engine.plan(2);
    return engine;
  };

  it('a job were submitted: when it would start, why not now, and whom it would delay', () => {
    const engine = busy();
    const before = JSON.stringify(engine.snapshot());
    const answer = engine.whatIf({ kind: 'job', ask: ask('new', { gpusPerNode: 4, timeLimitS: 60, arrivedMs: 3, queue: 'batch' }) }, 3);
    expect(answer).toMatchObject({ job: { job: 'new', reasons: [{ code: 'not-enough-gpus' }], estimatedStartMs: HOUR_MS }, later: 1, earlier: 0, preemptions: [] });
    expect(answer?.job?.starts).toBeUndefined();
    expect(answer?.moved.map(({ job, beforeMs, afterMs }) => [job, beforeMs, afterMs])).toEqual([['first', HOUR_MS, HOUR_MS + 60_000]]);
    expect(JSON.stringify(engine.snapshot())).toBe(before);
  });

  it('it were important: whom it would ask to make room', () => {
    const engine = busy();
    const answer = engine.whatIf({ kind: 'job', ask: ask('new', { gpusPerNode: 4, priority: 5, arrivedMs: HOUR_MS / 2 }) }, HOUR_MS / 2);
    expect(answer?.preemptions).toMatchObject([{ for: 'new', reason: 'priority' }]);
    expect(answer?.job?.reasons).toMatchObject([{ code: 'making-room', details: { leaving: [{ job: answer?.preemptions[0]?.job }] } }]);
    expect(engine.whatIf({ kind: 'priority', job: 'second', priority: 5 }, HOUR_MS / 2)).toMatchObject({ job: { job: 'second', reasons: [{ code: 'making-room' }] }, preemptions: [{ for: 'second' }] });
  });

  it('it would fit: where it would start', () => {
    const engine = world(2, { gpus: 4 });
    expect(engine.whatIf({ kind: 'job', ask: ask('new', { nodes: 2, gpusPerNode: 4 }) }, 0)).toMatchObject({ job: { reasons: [], estimatedStartMs: 0, starts: { placements: [{ node: 'n0' }, { node: 'n1' }] } } });
    expect(engine.pending()).toEqual([]);
  });

  it('nodes were drained: what goes on elsewhere, what waits again, and who starts later', () => {
    const engine = world(3, { gpus: 4 });
    engine.submit(ask('gang', { nodes: 2, gpusPerNode: 4, timeLimitS: HOUR_S }));
    engine.plan(0);
    expect(engine.whatIf({ kind: 'drain', nodes: ['n0'] }, 1000)).toMatchObject({ repairs: [{ job: 'gang', replaced: [{ node: 'n0', by: 'n2' }] }], evictions: [], later: 0 });
    engine.submit(ask('single', { gpusPerNode: 4, timeLimitS: HOUR_S }));
    engine.plan(1000);
    const answer = engine.whatIf({ kind: 'drain', nodes: ['n2'] }, 2000);
    expect(answer).toMatchObject({ evictions: [{ job: 'single', reason: 'drain' }], moved: [{ job: 'single', afterMs: HOUR_MS }] });
    expect(engine.whatIf({ kind: 'drain', nodes: ['n2'], deadlineMs: 10_000 }, 2000)).toMatchObject({ evictions: [], leaving: [{ job: 'single', byMs: 10_000 }] });
    expect(engine.whatIf({ kind: 'drain', nodes: ['unheard-of'] }, 2000)).toBeUndefined();
    expect(engine.jobsOn('n2')).toEqual(['single']);
  });

  it('a quota or a power cap were another: who would start', () => {
    const engine = world(2, { gpus: 4, quota: 4 });
    for (const job of ['a', 'b']) engine.submit(ask(job, { gpusPerNode: 4, timeLimitS: HOUR_S }));
    engine.plan(0);
    expect(engine.whatIf({ kind: 'quota', tenant: 'ada', quota: { guaranteed: 8, borrowable: 0, weight: 1 } }, 0)).toMatchObject({ starts: [{ job: 'b' }], moved: [{ job: 'b', beforeMs: HOUR_MS, afterMs: 0 }], earlier: 1 });
    engine.setQuota('ada', { guaranteed: 8, borrowable: 0, weight: 1 });
    engine.setPowerCap('paris', { maxWatts: 4, gpuWatts: { H100: 1 } });
    engine.plan(0);
    expect(engine.why('b', 0)?.reasons).toMatchObject([{ code: 'power-cap', details: { sites: [{ max_watts: 4, drawn_watts: 4, asked_watts: 4 }] } }]);
    expect(engine.whatIf({ kind: 'power-cap', site: 'paris' }, 0)).toMatchObject({ starts: [{ job: 'b' }] });
    expect(engine.whatIf({ kind: 'priority', job: 'a', priority: 1 }, 0)).toBeUndefined();
  });
});
