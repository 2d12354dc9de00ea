import fc from 'fast-check';
import { ask, world } from '../../test/engine-world.js';
import type { Engine, JobAsk } from './index.js';
import { isMigProfile, MIG_PROFILES, migBits, migMilli, migStart, type MigProfileName } from './mig.js';

const names = Object.keys(MIG_PROFILES) as MigProfileName[];
const instance = (job: string, migProfile: MigProfileName, over: Partial<JobAsk> = {}): JobAsk => ask(job, { migProfile, gpuMilli: migMilli(migProfile), ...over });
const placedOf = (engine: Engine) => engine.plan(0).placements.map(({ job, placements: [share] }) => [job, share!.gpus[0], share!.migStart]);

describe('MIG profiles', () => {
  it('are those of an H100 80GB: as many of each as nvidia-smi allows', () => {
    const most = Object.fromEntries(names.map((name) => {
      let [taken, count] = [0, 0];
      for (let place = migStart(name, 0); place; place = migStart(name, taken)) {
        taken |= migBits(name, place.start);
        count += 1;
      }
      return [name, count];
    }));
    expect(most).toEqual({ '1g.10gb': 7, '1g.20gb': 4, '2g.20gb': 3, '3g.40gb': 2, '4g.40gb': 1, '7g.80gb': 1 });
    expect(isMigProfile('5g.60gb')).toBe(false);
  });

  it('never take more than the GPU computes with, whatever is put where', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...names), { maxLength: 12 }), (wanted) => {
        let [taken, compute, milli] = [0, 0, 0];
        for (const name of wanted) {
          const place = migStart(name, taken);
          if (!place) continue;
          expect(taken & migBits(name, place.start)).toBe(0);
          taken |= migBits(name, place.start);
          compute += MIG_PROFILES[name].compute;
          milli += migMilli(name);
        }
        expect(compute).toBeLessThanOrEqual(7);
        expect(milli).toBeLessThanOrEqual(1000);
      }),
    );
  });

  it('leave room for the large: a small instance goes where no 40 GB half is broken for it', () => {
    expect(migStart('1g.10gb', migBits('3g.40gb', 4))).toMatchObject({ start: 3 });
    expect(migStart('3g.40gb', migBits('1g.10gb', 6))).toMatchObject({ start: 0 });
    expect(migStart('4g.40gb', migBits('1g.10gb', 0))).toBeUndefined();
  });
});

describe('MIG instances as jobs', () => {
  it('share a GPU with instances only, the fullest first, and open another when none fits', () => {
    const engine = world(1, { gpus: 3 });
    engine.submit(ask('half', { gpuMilli: 500 }));
    engine.submit(instance('a', '3g.40gb'));
    engine.submit(instance('b', '4g.40gb'));
    engine.submit(instance('c', '1g.10gb'));
    const placed = placedOf(engine);
    expect(placed).toEqual([['half', 'n0.0', undefined], ['a', 'n0.1', 4], ['b', 'n0.1', 0], ['c', 'n0.2', 6]]);
    engine.submit(ask('share', { gpuMilli: 600 }));
    expect(placedOf(engine)).toEqual([]);
    engine.cancel('c');
    expect(placedOf(engine)).toEqual([['share', 'n0.2', undefined]]);
  });

  it('are told from the log as they were decided, and give their slices back', () => {
    const engine = world(1, { gpus: 1 });
    const follower = world(1, { gpus: 1 });
    for (const name of ['2g.20gb', '3g.40gb', '1g.10gb'] as const) {
      engine.submit(instance(name, name));
      follower.submit(instance(name, name));
    }
    for (const { job, placements } of engine.plan(0).placements) follower.placed(job, placements, 0);
    expect(follower.snapshot().running.map(({ slices }) => slices)).toEqual(engine.snapshot().running.map(({ slices }) => slices));
    engine.cancel('3g.40gb');
    engine.submit(instance('again', '3g.40gb'));
    expect(placedOf(engine)).toHaveLength(1);
  });
});
