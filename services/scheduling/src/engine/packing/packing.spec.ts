import fc from 'fast-check';
import { allowAll, ask, digest } from '../../../test/engine-world.js';
import { Engine, type JobAsk, type NodeSpec } from '../index.js';

/** Three kinds of nodes; names tell nothing of the kind. */
const spec = (n: number): NodeSpec => ({
  node: `n${n}`, name: `n${n}`, site: 'paris', scalableUnit: 1, country: 'FR', jurisdiction: 'FR', certifications: [],
  cpuMilli: [96_000, 32_000, 16_000][n % 3], memoryMib: 262_144,
  gpus: Array.from({ length: [8, 4, 2][n % 3]! }, (_, index) => ({ id: `n${n}.${index}`, index, rail: index, model: ['G2', 'V100', 'T4'][n % 3]! })),
});

function world(nodes: number): Engine {
  const engine = Engine.empty(allowAll);
  engine.setQueue('batch', { priority: 0, defaultTimeLimitS: 3600 });
  engine.setQuota('ada', { guaranteed: 100_000, borrowable: 0, weight: 1 });
  for (let n = 0; n < nodes; n++) engine.admitNode(spec(n));
  return engine;
}

const shapes: Partial<JobAsk>[] = [
  { gpuMilli: 470, cpuMilli: 4000 }, { gpuMilli: 810, cpuMilli: 8000 }, { gpuMilli: 320, cpuMilli: 2000 }, { cpuMilli: 12_000 }, { cpuMilli: 6000, gpuModels: ['T4'] },
  { gpusPerNode: 4, cpuMilli: 32_000 }, { gpusPerNode: 0, cpuMilli: 8000 }, { gpuMilli: 190, cpuMilli: 1000, gpuModels: ['G2', 'V100'] },
];
const arrivals = fc.array(fc.integer({ min: 0, max: shapes.length - 1 }), { minLength: 20, maxLength: 120 });

/** Submits one after the other; every fifth ends the one that came ten before. */
function run(kinds: readonly number[], between: (engine: Engine, i: number) => Engine): string {
  let engine = world(9);
  const decided: unknown[] = [];
  for (const [i, kind] of kinds.entries()) {
    engine.submit(ask(`j${i}`, shapes[kind]));
    decided.push(engine.plan(i));
    if (i % 5 === 4) engine.finished(`j${i - 10}`, i);
    engine = between(engine, i);
  }
  return digest(decided);
}

const restored = (engine: Engine): Engine => Engine.restore(JSON.parse(JSON.stringify(engine.snapshot())), allowAll);

describe('packing', () => {
  it('decides the same again, and from a snapshot at any point', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 7 }), (kinds, every) => {
        const straight = run(kinds, (engine) => engine);
        expect(run(kinds, (engine) => engine)).toBe(straight);
        expect(run(kinds, (engine, i) => (i % every === 0 ? restored(engine) : engine))).toBe(straight);
      }),
      { numRuns: 20 },
    );
  });

  it('decides the same after a node has come again with other facts and a snapshot in between', () => {
    const again = (engine: Engine, i: number, save: boolean): Engine => {
      if (i === 15) engine.admitNode({ ...spec(2), cpuMilli: 64_000 });
      return save && i >= 15 ? restored(engine) : engine;
    };
    const kinds = Array.from({ length: 80 }, (_, i) => (i * 5) % shapes.length);
    expect(run(kinds, (engine, i) => again(engine, i, true))).toBe(run(kinds, (engine, i) => again(engine, i, false)));
  });

  it('counts an arrival once, however often the job comes back', () => {
    const engine = world(3);
    engine.submit(ask('a', { gpuMilli: 470, cpuMilli: 1000 }));
    engine.submit(ask('a', { gpuMilli: 470, cpuMilli: 1000 }));
    engine.retract({ placements: engine.plan(0).placements });
    engine.plan(1);
    engine.requeued('a');
    expect(engine.snapshot().packing.worth.arrivals).toBe(1);
  });

  it('takes the share that leaves something of use: 470 goes beside 470, not beside 320', () => {
    const engine = world(3);
    engine.expect([{ gpus: 1, gpuMilli: 470, cpu: 4000, memory: 0, models: undefined, site: undefined, count: 1000 }, { gpus: 1, gpuMilli: 320, cpu: 4000, memory: 0, models: undefined, site: undefined, count: 100 }]);
    const spot = (job: string, over: Partial<JobAsk>) => {
      engine.submit(ask(job, { cpuMilli: 4000, gpuModels: ['G2'], ...over }));
      return engine.plan(0).placements[0]?.placements[0]?.gpus[0];
    };
    const [small, first] = [spot('a', { gpuMilli: 320 }), spot('b', { gpuMilli: 470 })];
    expect(spot('c', { gpuMilli: 470 })).toBe(first);
    expect(spot('d', { gpuMilli: 320 })).toBe(small);
  });

  it('keeps the nodes of a model for those that can run on no other', () => {
    const engine = world(9);
    const kind = { gpus: 1, gpuMilli: 1000, cpu: 4000, memory: 0, site: undefined };
    engine.expect([{ ...kind, models: ['T4'], count: 100 }, { ...kind, models: undefined, count: 100 }]);
    for (let i = 0; i < 30; i++) engine.submit(ask(`any${i}`, { cpuMilli: 4000 }));
    expect(engine.plan(0).placements.filter(({ gpuModel }) => gpuModel === 'T4')).toEqual([]);
  });

  it('places nothing where processors or memory are gone, and jobs without GPUs anywhere', () => {
    const engine = world(1);
    engine.submit(ask('cores', { gpusPerNode: 0, cpuMilli: 95_000, memoryMib: 1000 }));
    engine.submit(ask('gpu', { cpuMilli: 2000 }));
    engine.submit(ask('memory', { gpusPerNode: 0, memoryMib: 262_000 }));
    expect(engine.plan(0).placements.map(({ job, placements }) => [job, placements])).toEqual([['cores', [{ node: 'n0', gpus: [] }]]]);
  });

  it('moves nothing unless there is a budget, then what is movable, to make room', () => {
    const filled = (movable: boolean, budget: number) => {
      const engine = world(3);
      engine.setMoves(budget);
      const t4 = { cpuMilli: 1000, gpuModels: ['T4'], movable };
      engine.submit(ask('a', { ...t4, gpuMilli: 600 }));
      engine.submit(ask('b', { ...t4, gpuMilli: 600 }));
      engine.plan(0);
      engine.submit(ask('c', { ...t4, gpuMilli: 400 }));
      engine.plan(0);
      engine.cancel('a');
      engine.submit(ask('whole', t4));
      return engine.plan(1);
    };
    expect(filled(true, 0)).toMatchObject({ placements: [] });
    expect(filled(false, 100)).toMatchObject({ placements: [] });
    expect(filled(true, 100)).toMatchObject({ placements: [{ job: 'whole' }], moves: [{ placements: [{ node: 'n2' }] }] });
  });
});
