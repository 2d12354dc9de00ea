import { computeCosts } from './compute-cost.js';

const slice = {
  account: 'account_01h2xcejqtf2nbrexx3vqjhp41',
  project: 'project_01h2xcejqtf2nbrexx3vqjhp41',
  gpu_model: 'H100',
  nano_per_gpu_second: '800000',
  gpu_micro_seconds: '1000000',
  from: '2026-11-17T10:00:00.000Z',
} as const;

describe('compute cost of a project', () => {
  it('is rounded as the invoice is: once per line', () => {
    const cost = computeCosts([
      { ...slice, amount_nano: '4000000' },
      { ...slice, amount_nano: '4000000' },
      { ...slice, amount_nano: '4000000', nano_per_gpu_second: '900000' },
      { ...slice, amount_nano: '4000000', from: '2026-12-01T00:00:00.000Z' },
    ]).get(slice.project);
    expect(cost).toEqual({ nano: 16_000_000n, cents: 1n, gpuMicroSeconds: 4_000_000n });
  });

  it('keeps what belongs to no project apart', () => {
    const { project: _project, ...homeless } = slice;
    expect([...computeCosts([{ ...homeless, amount_nano: '1' }]).keys()]).toEqual([null]);
  });
});
