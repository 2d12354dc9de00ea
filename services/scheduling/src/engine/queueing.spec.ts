import fc from 'fast-check';
import { allowAll, ask, digest, nodeSpec, simulate, world, type SimJob } from '../../test/engine-world.js';
import { shiftOf, usedAfter } from './fairness.js';
import { Engine } from './index.js';
import { Load } from './load.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const started = (engine: Engine, nowMs: number): string[] => engine.plan(nowMs).placements.map(({ job }) => job);

describe('several reserved starts', () => {
  it('are given to the first ten that wait, and to every old job, each after those before it', () => {
    const engine = world(1, { gpus: 2 });
    engine.submit(ask('runs', { gpusPerNode: 2, timeLimitS: 4 * 3600 }));
    engine.plan(0);
    for (let i = 0; i < 12; i++) engine.submit(ask(`j${i}`, { gpusPerNode: 2, timeLimitS: 3600, arrivedMs: 1 + i }));
    const reserved = (nowMs: number): number[] => engine.plan(nowMs).reservations.map(({ job, startMs }) => startMs / HOUR - Number(job.slice(1)));
    expect(reserved(MINUTE)).toEqual(Array.from({ length: 10 }, () => 4));
    engine.submit(ask('j12', { gpusPerNode: 2, timeLimitS: 3600, arrivedMs: 14 }));
    const { longestMs } = engine.snapshot().load;
    expect(reserved(longestMs / 2 + 3 * HOUR)).toHaveLength(13);
  });

  it('leave the hole before them to what ends in time, for its whole limit', () => {
    const engine = world(2, { gpus: 1 });
    engine.submit(ask('runs', { timeLimitS: 2 * 3600 }));
    engine.plan(0);
    engine.submit(ask('pair', { nodes: 2, timeLimitS: 3600, arrivedMs: 1 }));
    engine.submit(ask('long', { timeLimitS: 3 * 3600, arrivedMs: 2 }));
    engine.submit(ask('fits', { timeLimitS: 2 * 3600, arrivedMs: 3 }));
    expect(started(engine, 0)).toEqual(['fits']);
    expect(engine.plan(1)).toMatchObject({ placements: [] });
  });
});

describe('a job that waits', () => {
  it('starts in bounded time whatever comes after it: when it is overdue, so many limits later as jobs are before it', () => {
    const LONGEST_S = 900;
    const small = fc.record({ gap: fc.integer({ min: 1, max: 90 }), gpusPerNode: fc.integer({ min: 1, max: 4 }), timeLimitS: fc.integer({ min: 60, max: LONGEST_S }), share: fc.double({ min: 0.05, max: 1, noNaN: true }) });
    const overdueAfter = (longestMs: number): number => Object.assign(new Load(), { longestMs }).overdueAfterMs;
    let longest = 0;
    fc.assert(
      fc.property(fc.array(small, { minLength: 250, maxLength: 400 }), fc.integer({ min: 0, max: 40 }), (stream, before) => {
        let at = 0;
        const jobs: SimJob[] = stream.map(({ gap, share, ...over }, i) => ({ ask: ask(`s${i}`, { ...over, arrivedMs: (at += gap * 1000) }), share }));
        const arrivedMs = jobs[before]!.ask.arrivedMs;
        // Its own limit puts it two hours behind.
        jobs.push({ ask: ask('gang', { nodes: 2, gpusPerNode: 4, timeLimitS: 36_000, arrivedMs }), share: 0.01 });
        let pending = 0;
        let gangMs = Infinity;
        const after = simulate(world(2, { gpus: 4 }), jobs, ({ nowMs, placements }, engine) => {
          if (nowMs === arrivedMs) pending = engine.pending().length;
          if (placements.some(({ job }) => job === 'gang')) gangMs = nowMs;
          const { waiting, load } = engine.snapshot();
          const gang = waiting.find((each) => each.ask.job === 'gang');
          if (gang && nowMs > arrivedMs + overdueAfter(load.longestMs) + 5 * MINUTE) expect(gang.standing?.overdue).toBe(true);
        });
        const byMs = arrivedMs + overdueAfter(after.snapshot().load.longestMs) + 5 * MINUTE + (pending + 1) * LONGEST_S * 1000;
        expect(gangMs).toBeLessThanOrEqual(byMs);
        longest = Math.max(longest, gangMs - arrivedMs);
      }),
      { numRuns: 25, endOnFailure: true },
    );
    expect(longest).toBeGreaterThan(HOUR / 2);
  });

  it('goes first, in its priority, when its deadline leaves it no time; no longer when that has passed', () => {
    const engine = world(1, { gpus: 1 });
    engine.submit(ask('runs', { timeLimitS: 10 * 3600 }));
    engine.plan(0);
    engine.submit(ask('first', { timeLimitS: 3600 }));
    engine.submit(ask('due', { timeLimitS: 3600, arrivedMs: 1, deadlineMs: 3 * HOUR }));
    engine.submit(ask('important', { priority: 1, arrivedMs: 2 }));
    expect(engine.pending()).toEqual(['important', 'first', 'due']);
    engine.cordonNode('n9');
    const order = (nowMs: number): string[] => {
      engine.submit(ask(`tick${nowMs}`, { priority: -1, arrivedMs: nowMs }));
      engine.plan(nowMs);
      return engine.pending().slice(0, 3);
    };
    expect(order(HOUR)).toEqual(['important', 'first', 'due']);
    expect(order(1.75 * HOUR)).toEqual(['important', 'due', 'first']);
    expect(order(3 * HOUR)).toEqual(['important', 'first', 'due']);
  });
});

describe('quotas and shares', () => {
  const two = (quota: { guaranteed: number; borrowable: number }): Engine => {
    const engine = world(1, { gpus: 4 });
    for (const tenant of ['ada', 'bob']) engine.setQuota(tenant, { ...quota, weight: 1 });
    return engine;
  };

  it('serve what is guaranteed before what would be borrowed, and a job that has waited too long before both', () => {
    const engine = two({ guaranteed: 2, borrowable: 2 });
    engine.submit(ask('holds', { gpusPerNode: 4, timeLimitS: 4 * 3600 }));
    engine.plan(0);
    engine.submit(ask('borrows', { arrivedMs: 1 }));
    engine.submit(ask('own', { tenant: 'bob', arrivedMs: 30 * MINUTE }));
    engine.plan(30 * MINUTE);
    expect(engine.pending()).toEqual(['own', 'borrows']);
    // The longest backlog was the first job's four hours: so it is overdue after 2.8.
    engine.submit(ask('late', { tenant: 'bob', arrivedMs: 170 * MINUTE }));
    engine.plan(170 * MINUTE);
    expect(engine.pending()).toEqual(['borrows', 'own', 'late']);
  });

  it('let a job start beside a reserved one of its tenant when its quota is free until then', () => {
    const engine = world(2, { gpus: 4, quota: 8 });
    engine.submit(ask('runs', { gpusPerNode: 4, timeLimitS: 7200 }));
    engine.plan(0);
    engine.submit(ask('head', { nodes: 2, gpusPerNode: 4, arrivedMs: 1 }));
    engine.submit(ask('beside', { gpusPerNode: 4, timeLimitS: 3600, arrivedMs: 2 }));
    expect(started(engine, 1000)).toEqual(['beside']);
  });

  it('shift who has used more than its share behind who has used less, and nobody who is alone', () => {
    const order = (alone: boolean): string[] => {
      const engine = world(1, { gpus: 4, quota: 100 });
      engine.submit(ask('runs', { gpusPerNode: 4, timeLimitS: 20 * 3600 }));
      engine.plan(0);
      if (alone) engine.submit(ask('short', { timeLimitS: 60, arrivedMs: 5.45 * HOUR }));
      else engine.submit(ask('poor', { tenant: 'bob', arrivedMs: 5.5 * HOUR, timeLimitS: 3600 }));
      engine.submit(ask('rich', { arrivedMs: 5.4 * HOUR, timeLimitS: 3600 }));
      engine.plan(6 * HOUR);
      return engine.pending();
    };
    expect(order(false)).toEqual(['poor', 'rich']);
    expect(order(true)).toEqual(['short', 'rich']);
  });

  it('shift by at most two hours, in steps of ten minutes; not at all who has its share', () => {
    expect([0.25, 0.255, 0.3, 0.375, 0.5, 1].map((share) => shiftOf(share, 0.25) / MINUTE)).toEqual([0, 0, 20, 60, 120, 120]);
    expect([0, 0.125, 0.24].map((share) => shiftOf(share, 0.25) / MINUTE)).toEqual([-120, -60, 0]);
    expect(usedAfter(1_000_000, 1440, 0)).toBe(500_000);
    expect(usedAfter(0, 10, 8000)).toBe(80_000);
  });
});

describe('nodes kept for later', () => {
  const kept = { id: 'r', site: 'paris', tenant: 'bob', nodes: ['n0'], fromMs: HOUR, toMs: 3 * HOUR };

  it('are open to others only for what ends before, and to the tenant always', () => {
    const engine = world(1, { gpus: 4 });
    engine.addReservation(kept);
    engine.submit(ask('long', { timeLimitS: 3601 }));
    engine.submit(ask('short', { timeLimitS: 3600 }));
    engine.submit(ask('own', { tenant: 'bob', timeLimitS: 10_000 }));
    const { placements, reservations } = engine.plan(0);
    expect(placements.map(({ job }) => job)).toEqual(['short', 'own']);
    expect(reservations).toMatchObject([{ job: 'long', startMs: 3 * HOUR }]);
    expect(engine.estimates(0).get('long')).toBe(3 * HOUR);
    // Nothing happens but time.
    expect(started(engine, 3 * HOUR - 1)).toEqual([]);
    expect(started(engine, 3 * HOUR)).toEqual(['long']);
  });

  it('are open to all again when they are given up; maintenance is for nobody', () => {
    const engine = world(1, { gpus: 4 });
    engine.addReservation({ ...kept, tenant: undefined });
    engine.submit(ask('own', { tenant: 'bob', timeLimitS: 10_000 }));
    expect(started(engine, 0)).toEqual([]);
    engine.dropReservation('r');
    expect(started(engine, 0)).toEqual(['own']);
  });
});

it("a site's power cap lets wait what would exceed it", () => {
  const engine = world(2, { gpus: 4 });
  engine.setPowerCap('paris', { maxWatts: 3000, gpuWatts: { H100: 700 } });
  engine.submit(ask('a', { gpusPerNode: 4 }));
  expect(started(engine, 0)).toEqual(['a']);
  engine.submit(ask('b', { gpusPerNode: 1 }));
  engine.submit(ask('c', { gpuMilli: 250 }));
  expect(started(engine, 0)).toEqual(['c']);
  engine.setPowerCap('paris', undefined);
  expect(started(engine, 1)).toEqual(['b']);
});

it('the same calls give the same decisions with shares, deadlines, kept nodes and a cap, also from a snapshot at any point', () => {
  const job = fc.record({
    nodes: fc.integer({ min: 1, max: 2 }), gpusPerNode: fc.integer({ min: 1, max: 4 }), tenant: fc.constantFrom('ada', 'bob'), priority: fc.integer({ min: 0, max: 1 }),
    timeLimitS: fc.integer({ min: 60, max: 7200 }), arrivedMs: fc.integer({ min: 0, max: 8 * HOUR }), slack: fc.option(fc.integer({ min: 0, max: 4 * HOUR }), { nil: undefined }), share: fc.double({ min: 0.1, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(job, { minLength: 10, maxLength: 60 }), (all) => {
      const jobs = all.map(({ share, slack, ...over }, i): SimJob => ({ ask: ask(`j${i}`, { ...over, deadlineMs: slack === undefined ? undefined : over.arrivedMs + over.timeLimitS * 1000 + slack }), share }));
      const run = (between: (engine: Engine) => Engine): string => {
        const engine = Engine.empty(allowAll);
        engine.setQueue('batch', { priority: 0, defaultTimeLimitS: 3600, minRunS: 1_000_000 });
        engine.setQuota('ada', { guaranteed: 4, borrowable: 8, weight: 1 });
        engine.setQuota('bob', { guaranteed: 6, borrowable: 6, weight: 2 });
        for (let n = 0; n < 3; n++) engine.admitNode(nodeSpec(`n${n}`, { gpus: 4 }));
        engine.addReservation({ id: 'r', site: 'paris', tenant: 'bob', nodes: ['n1'], fromMs: 2 * HOUR, toMs: 4 * HOUR });
        engine.setPowerCap('paris', { maxWatts: 7700, gpuWatts: { H100: 700 } });
        const decided: unknown[] = [];
        simulate(engine, jobs, (decisions, now) => {
          decided.push(decisions);
          return between(now);
        });
        return digest(decided);
      };
      expect(run((engine) => Engine.restore(JSON.parse(JSON.stringify(engine.snapshot())), allowAll))).toBe(run((engine) => engine));
    }),
    { numRuns: 40 },
  );
});
