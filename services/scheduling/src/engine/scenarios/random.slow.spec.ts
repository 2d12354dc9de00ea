import { trials } from '../../../test/scenario/trial.js';

it('holds in 10,000 scenarios', () => {
  for (let from = 10_001; from <= 20_000; from += 1_000) expect(Object.fromEntries(trials(from, 1_000).wrong)).toEqual({});
}, 1_200_000);
