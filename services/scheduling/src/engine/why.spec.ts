import fc from 'fast-check';
import { allowAll, ask, codes, nodeSpec, world } from '../../test/engine-world.js';
import { startsWithout } from '../../test/without.js';
import { OBSTACLES } from './obstacles.js';
import type { PermitFunction } from './types.js';

const HOUR_S = 3600;
const NOW_MS = 2 * HOUR_S * 1000;

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
    const asked = fc.record({
      nodes: fc.integer({ min: 1, max: 3 }),
      gpusPerNode: fc.integer({ min: 1, max: 4 }),
      tenant: fc.constantFrom('ada', 'bob'),
      dataClass: fc.constantFrom('internal', 'internal', 'secret'),
      timeLimitS: fc.integer({ min: 1, max: 10 }).map((hours) => hours * HOUR_S),
      arrivedMs: fc.integer({ min: 0, max: NOW_MS - 1 }),
      cpuMilli: fc.constantFrom(undefined, undefined, 2000, 5000),
      topology: fc.constantFrom(undefined, undefined, { required: 'unit' as const }),
    });
    const odd = fc.record({
      quota: fc.integer({ min: 2, max: 20 }),
      watts: fc.option(fc.integer({ min: 2, max: 20 }), { nil: undefined }),
      cordoned: fc.constantFrom([], ['n0'], ['n0', 'n1', 'n2']),
      kept: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
      barred: fc.boolean(),
      permitted: fc.boolean(),
      ended: fc.integer({ min: 0, max: 3 }),
    });
    const met = new Map<string, number>();
    fc.assert(
      fc.property(fc.array(asked, { minLength: 3, maxLength: 14 }), odd, (shapes, { quota, watts, cordoned, kept, barred, permitted, ended }) => {
        const permit: PermitFunction = (each, site) => (permitted || each.dataClass === 'internal' ? allowAll(each, site) : { allowed: false, rules: ['no'], text: 'No.' });
        const engine = world(0, { quota, permit });
        for (let n = 0; n < 4; n++) engine.admitNode({ ...nodeSpec(`n${n}`, { gpus: 4, unit: n < 2 ? 1 : 2 }), cpuMilli: 8000 });
        const asks = shapes.map((shape, i) => ask(`j${i}`, shape));
        for (const [i, each] of asks.entries()) {
          engine.submit(each);
          engine.plan(i);
        }
        for (let i = 0; i < ended; i++) engine.cancel(`j${i}`);
        for (const node of cordoned) engine.cordonNode(node);
        if (barred) engine.barTenant('bob', 'switch');
        if (watts !== undefined) engine.setPowerCap('paris', { maxWatts: watts, gpuWatts: { H100: 1 } });
        if (kept !== undefined) engine.addReservation({ id: 'maintenance', site: 'paris', nodes: ['n2', 'n3'], fromMs: NOW_MS + kept * HOUR_S * 1000, toMs: NOW_MS + 100 * HOUR_S * 1000 });
        // Twice, and all anew: what has started in a plan can change what is kept for those that came before it.
        for (let i = 0; i < 2; i++) {
          engine.setPermit(permit);
          engine.plan(NOW_MS);
        }
        for (const each of asks) {
          const why = codes(engine, each.job, NOW_MS);
          if (!why || why.includes('larger-than-site')) continue;
          for (const obstacle of why) met.set(obstacle, (met.get(obstacle) ?? 0) + 1);
          expect([each.job, why, startsWithout(engine, each, why, NOW_MS)]).toEqual([each.job, why, true]);
          for (const obstacle of why) {
            const fewer = why.filter((other) => other !== obstacle);
            // Pieces know no node, host or unit: where these count beside, they are more than the reason speaks of.
            const pieces = fewer.includes('fragmentation') && (each.cpuMilli !== undefined || each.topology !== undefined || each.nodes > 1);
            if (!pieces) expect([each.job, why, obstacle, startsWithout(engine, each, fewer, NOW_MS)]).toEqual([each.job, why, obstacle, false]);
          }
        }
      }),
      { numRuns: 150, seed: 11 },
    );
    expect([...met.keys()].toSorted()).toEqual(OBSTACLES.filter((each) => each !== 'making-room' && each !== 'unknown-queue').toSorted());
  });
});

describe('a reason in words', () => {
  it('tells a job for which others make room who leaves, and by when', () => {
    const engine = world(1, { gpus: 2 });
    for (const job of ['a', 'b']) engine.submit(ask(job, { timeLimitS: 10 * HOUR_S }));
    engine.plan(0);
    engine.submit(ask('high', { priority: 1, gpusPerNode: 2, arrivedMs: NOW_MS }));
    engine.plan(NOW_MS);
    const byMs = NOW_MS + 120_000;
    expect(engine.why('high', NOW_MS)?.reasons).toMatchObject([{ code: 'making-room', details: { leaving: [{ job: 'a', leaves_by: new Date(byMs).toISOString() }, { job: 'b' }], nodes: ['n0'] } }]);
    const fork = engine.fork();
    for (const job of ['a', 'b']) fork.requeued(job);
    expect(fork.plan(NOW_MS).placements.map(({ job }) => job)).toEqual(['high']);
  });

  it('tells what of a node is missing, which unit, what is kept, and what the site may draw', () => {
    const engine = world(0);
    for (let n = 0; n < 4; n++) engine.admitNode({ ...nodeSpec(`n${n}`, { gpus: 4, unit: n < 2 ? 1 : 2 }), cpuMilli: 8000, memoryMib: 1000 });
    engine.submit(ask('runs', { gpusPerNode: 1, cpuMilli: 8000, timeLimitS: HOUR_S, nodes: 4 }));
    engine.plan(0);
    engine.submit(ask('host', { gpusPerNode: 1, cpuMilli: 1000, timeLimitS: 60 }));
    engine.plan(0);
    expect(engine.why('host', 0)?.reasons).toMatchObject([{ code: 'host', details: { asked_cores: 1, most_free_cores: 0, most_free_memory_mib: 1000 } }]);

    engine.cancel('host');
    const units = world(2, { perUnit: 1 });
    units.submit(ask('unit', { nodes: 2, topology: { required: 'unit' } }));
    units.plan(0);
    expect(units.why('unit', 0)?.reasons).toMatchObject([{ code: 'topology', details: { units: [{ scalable_unit: 1, nodes_with_room: 1 }, { scalable_unit: 2, nodes_with_room: 1 }] } }]);

    engine.addReservation({ id: 'firmware', site: 'paris', nodes: ['n0', 'n1', 'n2', 'n3'], fromMs: HOUR_S * 1000, toMs: 2 * HOUR_S * 1000 });
    engine.submit(ask('late', { gpusPerNode: 1, timeLimitS: 2 * HOUR_S }));
    engine.plan(0);
    expect(engine.why('late', 0)?.reasons).toMatchObject([{ code: 'kept-nodes', details: { kept: [{ reservation: 'firmware', tenant: null, nodes: 4 }] } }]);
    engine.dropReservation('firmware');
    engine.setPowerCap('paris', { maxWatts: 4, gpuWatts: { H100: 1 } });
    expect(engine.why('late', 0)?.reasons).toMatchObject([{ code: 'power-cap', details: { sites: [{ site: 'paris', max_watts: 4, drawn_watts: 4, asked_watts: 1 }] } }]);
  });

  it('is of the state as it is, planned or not', () => {
    const engine = world(1, { gpus: 1 });
    engine.submit(ask('first', { timeLimitS: HOUR_S }));
    engine.submit(ask('second', { timeLimitS: HOUR_S }));
    expect([codes(engine, 'first'), codes(engine, 'second'), engine.whyAll(0), [...engine.estimates(0)]]).toEqual([[], ['not-enough-gpus'], [[], ['not-enough-gpus']], [['second', HOUR_S * 1000], ['first', 0]]]);
    expect(engine.plan(0).placements.map(({ job }) => job)).toEqual(['first']);
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
    expect([...engine.estimates(1000)]).toEqual([['gang', 100_000], ['half', 50_000]]);
  });
});
