import type { Placement } from '../engine/index.js';
import { allOf, batchesOf } from './batches.js';

const permit = { allowed: true, policy: 'p', policyVersion: 1, rules: ['r'] } as const;
const placed = (job: string, site: string): Placement => ({ job, site, tenant: 't', gpuModel: 'H100', gpuMilli: 1000, timeLimitS: 60, placements: [], permit });
const nothing = { placements: [], preemptions: [], repairs: [], evictions: [] };
const siteOf = (job: string) => job.split('@')[1] ?? '';

describe('the appends of one plan', () => {
  it('are none when nothing was decided', () => expect(batchesOf(nothing, siteOf)).toEqual([]));

  it('are one for a site: what stops there goes with its first placements', () => {
    const preemptions = [{ job: 'a@paris', reason: 'drain', byMs: 1 }] as const;
    const evictions = [{ job: 'b@lyon', reason: 'no-spare' }] as const;
    const repairs = [{ job: 'c@paris', replaced: [], placements: [] }];
    const batches = batchesOf({ placements: [placed('d', 'paris')], preemptions, evictions, repairs }, siteOf);
    expect(batches).toEqual([
      { site: 'paris', placements: [placed('d', 'paris')], preemptions, repairs, evictions: [] },
      { site: 'lyon', placements: [], preemptions: [], repairs: [], evictions },
    ]);
    expect(allOf(batches.slice(1))).toEqual({ ...nothing, evictions });
  });

  it('are of 200 placements at most', () => {
    const placements = Array.from({ length: 450 }, (_, n) => placed(`${n}`, 'paris'));
    const batches = batchesOf({ ...nothing, placements }, siteOf);
    expect(batches.map((batch) => batch.placements?.length)).toEqual([200, 200, 50]);
    expect(allOf(batches).placements).toEqual(placements);
  });

  it('place a job elsewhere only after it was stopped where it was', () => {
    const evictions = [{ job: 'a@paris', reason: 'no-spare' }] as const;
    const batches = batchesOf({ ...nothing, placements: [placed('a@paris', 'lyon'), placed('b', 'lyon')], evictions }, siteOf);
    expect(batches.map(({ site, placements = [], evictions: stopped = [] }) => [site, placements.map(({ job }) => job), stopped.length])).toEqual([
      ['paris', [], 1],
      ['lyon', ['b'], 0],
      ['lyon', ['a@paris'], 0],
    ]);
  });
});
