import { highestRate } from './search.js';

/** @returns the rate that is found where so many jobs a second can be held, and what was tried */
async function found(first: number, able: number) {
  const tried: number[] = [];
  const highest = await highestRate(first, (rate) => {
    tried.push(rate);
    return Promise.resolve(rate <= able);
  });
  return { highest, tried };
}

it.each([[200, 1_000], [200, 210], [200, 90], [200, 20]])('from %i, comes within a tenth of %i', async (first, able) => {
  const { highest, tried } = await found(first, able);
  expect(highest).toBeLessThanOrEqual(able);
  expect(highest).toBeGreaterThanOrEqual(able / 1.15);
  expect(tried.length).toBeLessThan(12);
});

it('gives up where nothing is held', async () => {
  expect((await found(200, 1)).highest).toBe(0);
});
