import fc from 'fast-check';
import { ask, world } from '../../../test/engine-world.js';
import type { Engine, JobAsk } from '../index.js';

const HOUR_MS = 3_600_000;
const MIN_RUN_MS = 600_000;

/** What was asked to leave has left, and waits again. */
function leave(engine: Engine, asked: readonly { readonly job: string }[]): void {
  for (const { job } of asked) engine.requeued(job);
}

describe('preemption by priority', () => {
  it('asks for a checkpoint first, and then starts the job on the very nodes that it has freed', () => {
    const engine = world(1, { gpus: 8 });
    engine.submit(ask('low', { gpusPerNode: 8 }));
    engine.plan(0);
    engine.submit(ask('high', { gpusPerNode: 8, priority: 10 }));
    const { preemptions, wakeAtMs } = engine.plan(MIN_RUN_MS);
    expect(preemptions).toEqual([{ job: 'low', for: 'high', reason: 'priority', byMs: MIN_RUN_MS + 120_000 }]);
    expect(wakeAtMs).toBe(MIN_RUN_MS + 120_000);
    expect(engine.plan(MIN_RUN_MS + 1).preemptions).toEqual([]);
    leave(engine, preemptions);
    // A third job of the same priority that comes now does not get what was freed for another.
    engine.submit(ask('third', { gpusPerNode: 1, priority: 10, arrivedMs: MIN_RUN_MS, timeLimitS: 60 }));
    expect(engine.plan(MIN_RUN_MS + 60_000).placements.map(({ job }) => job)).toEqual(['high']);
  });

  it('leaves alone what has run for less than the minimum, is not preemptible, or ranks as high', () => {
    const engine = world(3, { gpus: 1 });
    engine.submit(ask('young'));
    engine.submit(ask('firm', { preemptible: false }));
    engine.submit(ask('equal', { priority: 10 }));
    engine.plan(0);
    engine.submit(ask('high', { priority: 10 }));
    expect(engine.plan(MIN_RUN_MS - 1).preemptions).toEqual([]);
    engine.submit(ask('other', { priority: 10 }));
    expect(engine.plan(MIN_RUN_MS).preemptions.map(({ job }) => job)).toEqual(['young']);
  });

  it('takes those with the least work at stake, and nobody whom it does not need', () => {
    const engine = world(2, { gpus: 4 });
    for (const [job, gpusPerNode] of [['a', 2], ['b', 2], ['c', 3], ['d', 1]] as const) engine.submit(ask(job, { gpusPerNode, timeLimitS: 36_000 }));
    engine.plan(0);
    engine.checkpointed('c', HOUR_MS - 1000);
    engine.submit(ask('high', { gpusPerNode: 3, priority: 1 }));
    expect(engine.plan(HOUR_MS).preemptions.map(({ job }) => job)).toEqual(['c']);
  });

  it('stops what has not stopped by itself when its grace is over', () => {
    const engine = world(1, { gpus: 1 });
    engine.submit(ask('low'));
    engine.plan(0);
    engine.submit(ask('high', { priority: 1 }));
    const [{ byMs } = { byMs: 0 }] = engine.plan(MIN_RUN_MS).preemptions;
    expect(engine.plan(byMs).evictions).toEqual([{ job: 'low', reason: 'grace-over' }]);
    expect(engine.plan(byMs).evictions).toEqual([]);
    engine.requeued('low');
    expect(engine.plan(byMs).placements.map(({ job }) => job)).toEqual(['high']);
  });

  it('is taken back when it could not be recorded', () => {
    const engine = world(1, { gpus: 1 });
    engine.submit(ask('low'));
    engine.plan(0);
    engine.submit(ask('high', { priority: 1 }));
    const decided = engine.plan(MIN_RUN_MS);
    engine.retract(decided);
    expect(engine.plan(MIN_RUN_MS).preemptions).toEqual(decided.preemptions);
  });
});

describe('guaranteed quota', () => {
  const shared = (): Engine => {
    const engine = world(1, { gpus: 8 });
    engine.setQuota('ada', { guaranteed: 4, borrowable: 4, weight: 1 });
    engine.setQuota('bob', { guaranteed: 4, borrowable: 4, weight: 1 });
    return engine;
  };

  it('is taken back from who borrows it, of the last that came, and no more than is needed', () => {
    const engine = shared();
    for (const job of ['a', 'b', 'c', 'd']) engine.submit(ask(job, { gpusPerNode: 2, timeLimitS: 36_000 }));
    engine.plan(0);
    engine.submit(ask('bobs', { tenant: 'bob', gpusPerNode: 2 }));
    expect(engine.plan(MIN_RUN_MS).preemptions).toMatchObject([{ for: 'bobs', reason: 'guaranteed-quota' }]);
  });

  it('is not taken by who would borrow himself, of whatever priority', () => {
    const engine = shared();
    engine.submit(ask('a', { gpusPerNode: 4, timeLimitS: 36_000 }));
    engine.submit(ask('b', { tenant: 'bob', gpusPerNode: 4, timeLimitS: 36_000 }));
    engine.plan(0);
    engine.submit(ask('more', { tenant: 'bob', gpusPerNode: 2, priority: 100 }));
    expect(engine.plan(HOUR_MS).preemptions.map(({ job }) => job)).toEqual(['b']); // his own, of lower priority
    const other = shared();
    other.submit(ask('a', { gpusPerNode: 4, timeLimitS: 36_000 }));
    other.submit(ask('b', { tenant: 'bob', gpusPerNode: 4, timeLimitS: 36_000, priority: 100 }));
    other.plan(0);
    other.submit(ask('more', { tenant: 'bob', gpusPerNode: 2, priority: 100 }));
    expect(other.plan(HOUR_MS).preemptions).toEqual([]);
  });
});

describe('a chain of preemptions', () => {
  it('ends: with nothing new, whatever is preempted comes back and is planned, it comes to rest', () => {
    const job = fc.record({
      tenant: fc.constantFrom('ada', 'bob'),
      nodes: fc.integer({ min: 1, max: 3 }),
      gpusPerNode: fc.integer({ min: 1, max: 4 }),
      priority: fc.integer({ min: 0, max: 2 }),
      arrivedMs: fc.constant(0),
    });
    let preempted = 0;
    fc.assert(
      fc.property(fc.array(fc.array(job, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 }), fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 12 }), (waves, adas, bobs) => {
        const engine = world(3, { gpus: 4, perUnit: 2 });
        engine.setQuota('ada', { guaranteed: adas, borrowable: 12, weight: 1 });
        engine.setQuota('bob', { guaranteed: bobs, borrowable: 12, weight: 1 });
        let [now, submitted] = [0, 0];
        for (const wave of waves) {
          for (const over of wave) engine.submit(ask(`j${submitted++}`, { timeLimitS: 360_000, ...over } satisfies Partial<JobAsk>));
          let rounds = 0;
          for (;;) {
            const { preemptions, placements } = engine.plan(now);
            preempted += preemptions.length;
            leave(engine, preemptions);
            now += MIN_RUN_MS;
            if (preemptions.length === 0 && placements.length === 0) break;
            expect(++rounds).toBeLessThan(40);
          }
        }
      }),
      { numRuns: 400 },
    );
    expect(preempted).toBeGreaterThan(200);
  });
});
