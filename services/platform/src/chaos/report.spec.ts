import { Findings } from './checks/check.js';
import { describeResult, lastLine } from './report.js';

const figures = { acknowledged: 12, refused: 3, unknown: { done: 1, not: 2 }, events: 99, repeats: 4 };
const lost = (...findings: readonly string[]) => {
  const gathered = new Findings('acknowledged commands are in the log');
  for (const finding of findings) gathered.add(finding);
  return gathered.result(12);
};

it('the last line has the figures, and says whether every check holds', () => {
  expect(lastLine({ figures, results: [lost()] }, { faults: 5, seed: 7 })).toBe(
    'chaos: 12 commands acknowledged, 0 lost, 0 doubled, 3 refused, 0 of them written, 3 without an answer (1 done, 2 not, 0 in part), 99 events, 4 published again, 5 faults, seed 7: every check holds',
  );
  expect(lastLine({ figures, results: [lost('#1: lost')] }, { faults: 5, seed: 7 })).toMatch(/, 1 lost, .*1 of 1 checks FAILED$/);
});

it('a check that fails shows what it has found, up to a bound', () => {
  const lines = describeResult(lost(...Array.from({ length: 30 }, (_, n) => `#${n}: lost`)));
  expect(lines).toHaveLength(22);
  expect(lines[0]).toContain('✗ acknowledged commands are in the log (12): 30 wrong');
  expect(lines.at(-1)).toContain('and 10 more');
});
