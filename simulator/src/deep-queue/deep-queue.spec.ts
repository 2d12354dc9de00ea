import { deepQueue } from './run.js';

const run = (seed: number) => deepQueue({ nodes: 8, gpusPerNode: 8 }, 300, seed, 20, () => undefined);

describe('a deep queue', () => {
  it('gets an estimated start and a reason for every job that waits, in every plan', () => {
    const { plan_ms, parts_ms, pending, with_estimate, with_reason, plans } = run(1);
    expect({ plans, with_estimate, with_reason }).toEqual({ plans: 20, with_estimate: pending, with_reason: pending });
    expect(pending).toBeGreaterThanOrEqual(300);
    expect(plan_ms.max).toBeGreaterThanOrEqual(plan_ms.p50);
    expect(plan_ms.p50).toBeGreaterThanOrEqual(parts_ms.decisions.p50);
  });

  it('is decided the same for the same seed', () => {
    expect(run(1).decisions_sha256).toBe(run(1).decisions_sha256);
    expect(run(2).decisions_sha256).not.toBe(run(1).decisions_sha256);
  });
});
