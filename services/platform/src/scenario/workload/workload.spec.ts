import { generate } from './generated.js';

it('a generated workload follows from its seed', () => {
  expect(generate(7, 3)).toEqual(generate(7, 3));
  expect(generate(8, 3)).not.toEqual(generate(7, 3));
  const jobs = generate(7, 30);
  expect(jobs.length / 30).toBeGreaterThan(300);
  expect(jobs.length / 30).toBeLessThan(500);
  expect(jobs.every((job) => job.limitS >= job.durationS)).toBe(true);
});
