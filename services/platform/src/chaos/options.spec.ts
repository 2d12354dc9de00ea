import { Usage } from '../scenario/options.js';
import { parseChaosOptions } from './options.js';

const refusal = (...argv: string[]): Usage => {
  try {
    parseChaosOptions(argv);
  } catch (error) {
    if (error instanceof Usage) return error;
  }
  throw new Error('it was taken');
};

it('a minute at 40 commands a second with every fault is what is meant by nothing', () => {
  expect(parseChaosOptions([])).toEqual({ seed: 1, minutes: 1, rate: 40, keep: false });
});

it('takes what is said, with npm or without', () => {
  expect(parseChaosOptions(['--', '--seed', '7', '--minutes', '0.5', '--kinds', 'none', '--keep'])).toMatchObject({ seed: 7, minutes: 0.5, kinds: [], keep: true });
});

it.each([['--seed', 'x'], ['--minutes', '0'], ['--rate', '1.5'], ['--kinds', 'flood'], ['--fast'], ['more']])('refuses %s %s with 2', (...argv) => expect(refusal(...argv).status).toBe(2));

it('says which faults there are', () => {
  expect(refusal('--kinds', 'flood').message).toContain('Known are: none, ');
  expect(refusal('--help').status).toBe(0);
});
