import { run } from '../../../test/scenario/driver.js';
import { scenario } from '../../../test/scenario/scenario.js';
import { trials } from '../../../test/scenario/trial.js';

describe('whatever happens', () => {
  it('nothing is held twice, nobody gets more than is his, nobody starves, and the same is decided again', () => {
    const { wrong, preemptions, repairs, evictions, failovers } = trials(1, 1_000);
    expect(Object.fromEntries(wrong)).toEqual({});
    // It is of no use when nothing of all that has come about.
    expect(Math.min(preemptions / 10, repairs, evictions / 10, failovers / 10)).toBeGreaterThan(20);
  }, 240_000);

  it('the same scenario comes out the same', () => {
    for (let seed = 1; seed <= 20; seed++) expect(run(scenario(seed)).decided).toBe(run(scenario(seed)).decided);
  });
});
