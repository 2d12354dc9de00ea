import fc from 'fast-check';
import { ask, codes, digest, simulate, world, type SimJob } from '../../test/engine-world.js';
import { Engine } from './index.js';

const HOUR = 3600;

/** Jobs of all shapes that run for at most their limits. */
const jobs = (arrivals: number) =>
  fc.array(
    fc.record({
      shape: fc.oneof(
        fc.record({ nodes: fc.integer({ min: 1, max: 3 }), gpusPerNode: fc.integer({ min: 1, max: 4 }), gpuMilli: fc.constant(1000) }),
        fc.record({ nodes: fc.constant(1), gpusPerNode: fc.constant(1), gpuMilli: fc.integer({ min: 1, max: 999 }) }),
      ),
      tenant: fc.constantFrom('ada', 'bob'),
      timeLimitS: fc.integer({ min: 1, max: 40 }),
      share: fc.double({ min: 0.1, max: 1, noNaN: true }),
      arrivedMs: fc.integer({ min: 0, max: arrivals }),
    }),
    { minLength: 2, maxLength: 40 },
  ).map((all): SimJob[] => all.map(({ shape, share, ...over }, i) => ({ ask: ask(`j${i}`, { ...shape, ...over }), share })));

describe('backfill', () => {
  it('lets a job overtake that ends before the reserved start, or leaves the reserved GPUs', () => {
    const engine = world(2, { gpus: 2 });
    engine.submit(ask('runs', { gpusPerNode: 1, timeLimitS: HOUR }));
    engine.plan(0);
    engine.submit(ask('head', { nodes: 2, gpusPerNode: 2, timeLimitS: HOUR }));
    engine.submit(ask('long', { gpusPerNode: 1, timeLimitS: 2 * HOUR }));
    engine.submit(ask('short', { gpusPerNode: 1, timeLimitS: 60 }));
    const { placements, reservations } = engine.plan(1000);
    expect(placements.map(({ job }) => job)).toEqual(['short']);
    expect(reservations[0]).toEqual({ job: 'head', site: 'paris', startMs: HOUR * 1000, nodes: ['n0', 'n1'] });
    expect(codes(engine, 'head', 1000)).toEqual(['not-enough-gpus']);
    expect(engine.why('long', 1000)?.reasons).toMatchObject([{ code: 'behind-reservation', details: { ahead: [{ job: 'head', reserved_start: '1970-01-01T01:00:00.000Z' }] } }]);
  });

  it('never delays a reserved start, whatever comes later in the order', () => {
    let kept = 0;
    fc.assert(
      fc.property(jobs(0), fc.integer({ min: 4, max: 30 }), (all, quota) => {
        // The order as it is where nothing can start.
        const nowhere = world(0, { quota });
        for (const { ask: each } of all) nowhere.submit(each);
        nowhere.plan(0);
        const order = nowhere.pending();
        const promised = new Map<string, number>();
        simulate(world(3, { gpus: 4, perUnit: 2, quota }), all, ({ nowMs, placements, reservations }) => {
          for (const { job } of placements) {
            expect(nowMs).toBeLessThanOrEqual(promised.get(job) ?? Infinity);
            if (promised.delete(job)) kept += 1;
          }
          // A job that its quota held back and that comes earlier in the order takes its turn: that is no backfill.
          for (const { job } of [...placements, ...reservations])
            for (const later of promised.keys()) if (order.indexOf(job) < order.indexOf(later)) promised.delete(later);
          for (const { job, startMs } of reservations) promised.set(job, Math.min(startMs, promised.get(job) ?? Infinity));
        });
      }),
      { numRuns: 300, endOnFailure: true },
    );
    expect(kept).toBeGreaterThan(300);
  });

  it('holds no GPU twice, and starts every job that fits in an empty cluster', () => {
    fc.assert(
      fc.property(jobs(60_000), (all) => {
        const seen = new Set<string>();
        simulate(world(3, { gpus: 4, perUnit: 2 }), all, ({ placements }, engine) => {
          for (const { job } of placements) seen.add(job);
          const held = new Map<string, number>();
          for (const { ask: each, nodes, masks } of engine.snapshot().running)
            for (const [i, node] of nodes.entries())
              for (let bit = 0; bit < 4; bit++)
                if (masks[i]! & (1 << bit)) held.set(`${node}.${bit}`, (held.get(`${node}.${bit}`) ?? 0) + each.gpuMilli);
          expect(Math.max(0, ...held.values())).toBeLessThanOrEqual(1000);
        });
        expect(seen.size).toBe(all.length);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the same calls', () => {
  it('give the same decisions, bit for bit; also from a snapshot at any point, and after a fork was tried out', () => {
    fc.assert(
      fc.property(jobs(60_000), (all) => {
        const run = (between: (engine: Engine) => Engine): string => {
          const decided: unknown[] = [];
          simulate(world(3, { gpus: 4, perUnit: 2 }), all, (decisions, engine) => {
            decided.push(decisions);
            return between(engine);
          });
          return digest(decided);
        };
        const plain = run((engine) => engine);
        expect(run((engine) => Engine.restore(JSON.parse(JSON.stringify(engine.snapshot())), () => ({ allowed: true, policy: 'policy_base', policyVersion: 1, rules: ['baseline'] })))).toBe(plain);
        const tried = run((engine) => {
          const fork = engine.fork();
          fork.cordonNode('n0');
          for (const job of fork.pending()) fork.cancel(job);
          fork.plan(1e9);
          return engine;
        });
        expect(tried).toBe(plain);
      }),
      { numRuns: 60 },
    );
  });

  it('decide nothing when nothing has changed', () => {
    const engine = world(1, { gpus: 1 });
    engine.submit(ask('a'));
    engine.submit(ask('b'));
    engine.plan(0);
    expect(engine.plan(10_000_000).placements).toEqual([]);
  });
});
