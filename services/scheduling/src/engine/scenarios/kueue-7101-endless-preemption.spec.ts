import { ask, world } from '../../../test/engine-world.js';
import type { Engine } from '../index.js';

const HOUR_MS = 3_600_000;

/** Plans every ten minutes; what is asked to leave does so at once and waits again. @returns who was stopped, in order */
function watch(engine: Engine, hours: number, fromMs = HOUR_MS): string[] {
  const stopped: string[] = [];
  for (let now = fromMs; now <= fromMs + hours * HOUR_MS; now += HOUR_MS / 6) {
    let decided = engine.plan(now);
    for (let rounds = 0; decided.preemptions.length + decided.evictions.length > 0; rounds++) {
      expect(rounds).toBeLessThan(20);
      for (const { job } of [...decided.preemptions, ...decided.evictions]) {
        stopped.push(job);
        engine.requeued(job);
      }
      decided = engine.plan(now);
    }
  }
  return stopped;
}

/** kueue#7101, kueue#3779: workloads preempt each other for ever, each time one of them comes back. */
describe('kueue#7101, kueue#3779: endless preemption', () => {
  const long = { gpusPerNode: 4, timeLimitS: 3_600_000 };

  it('two tenants that reclaim from each other come to rest: each keeps what is guaranteed to it', () => {
    const engine = world(2, { gpus: 8 });
    for (const tenant of ['ada', 'bob']) engine.setQuota(tenant, { guaranteed: 8, borrowable: 8, weight: 1 });
    for (let i = 0; i < 4; i++) engine.submit(ask(`a${i}`, { ...long }));
    engine.plan(0);
    for (let i = 0; i < 4; i++) engine.submit(ask(`b${i}`, { ...long, tenant: 'bob' }));
    const stopped = watch(engine, 24);
    expect(stopped).toHaveLength(2);
    expect(stopped.every((job) => job.startsWith('a'))).toBe(true);
    expect(['n0', 'n1'].flatMap((node) => engine.jobsOn(node)).filter((job) => job.startsWith('b'))).toHaveLength(2);
  });

  it('jobs whose sizes do not match what is guaranteed do not push each other out in turn', () => {
    const engine = world(1, { gpus: 8 });
    for (const tenant of ['ada', 'bob']) engine.setQuota(tenant, { guaranteed: 4, borrowable: 4, weight: 1 });
    // Either is more than its half: whoever runs borrows, and the other would borrow as well.
    engine.submit(ask('a', { ...long, gpusPerNode: 5 }));
    engine.plan(0);
    engine.submit(ask('b', { ...long, gpusPerNode: 5, tenant: 'bob' }));
    expect(watch(engine, 24)).toEqual([]);
  });

  it('jobs of equal priority do not preempt each other, whoever comes first', () => {
    const engine = world(1, { gpus: 8 });
    for (let i = 0; i < 2; i++) engine.submit(ask(`first${i}`, { ...long, priority: 5 }));
    engine.plan(0);
    for (let i = 0; i < 4; i++) engine.submit(ask(`then${i}`, { ...long, priority: 5, arrivedMs: i }));
    expect(watch(engine, 24)).toEqual([]);
  });

  it('a job that was preempted and comes back does not preempt whoever took its place', () => {
    const engine = world(1, { gpus: 8 });
    for (const tenant of ['ada', 'bob', 'eve']) engine.setQuota(tenant, { guaranteed: 0, borrowable: 8, weight: 1 });
    engine.setQuota('bob', { guaranteed: 8, borrowable: 0, weight: 1 });
    engine.submit(ask('low', { ...long, gpusPerNode: 8, priority: 9 }));
    engine.plan(0);
    engine.submit(ask('owner', { ...long, gpusPerNode: 8, tenant: 'bob' }));
    expect(watch(engine, 24)).toEqual(['low']);
    expect(engine.jobsOn('n0')).toEqual(['owner']);
  });
});
