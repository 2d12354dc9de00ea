import { failures } from './failures.js';

it('strike a SuperPOD about every 50 hours, as published, and follow from the seed', () => {
  const all = failures(1, 127, 3_650);
  const hoursBetween = (3_650 * 24) / all.length;
  expect(hoursBetween).toBeGreaterThan(47);
  expect(hoursBetween).toBeLessThan(53);
  expect(failures(1, 127, 30)).toEqual(failures(1, 127, 30));
  expect(all.every(({ node, gpu }) => node < 127 && gpu < 8)).toBe(true);
});
