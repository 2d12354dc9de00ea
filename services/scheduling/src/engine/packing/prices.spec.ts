import { Prices } from './prices.js';
import { GPU } from './value.js';

const supply = (gpus: number[], cores = gpus.map(() => Infinity)) => ({ gpus: Float64Array.from(gpus), cores: Float64Array.from(cores) });

describe('bid prices', () => {
  it('rise where demand can go nowhere else, so that the rest goes elsewhere', () => {
    const prices = new Prices();
    prices.adjust([{ gpus: 1, cores: 0, count: 60, classes: [0, 1] }, { gpus: 1, cores: 0, count: 40, classes: [0] }], supply([50, 50]), 200);
    expect(prices.of(0, 1, 0)).toBeGreaterThan(prices.of(1, 1, 0) + 10_000);
  });

  it('are even where all demand can go everywhere', () => {
    const prices = new Prices();
    prices.adjust([{ gpus: 1, cores: 0, count: 100, classes: [0, 1] }], supply([80, 20]), 100);
    expect(Math.abs(prices.of(0, 1, 0) - prices.of(1, 1, 0))).toBeLessThan(1000);
  });

  it('never exceed a GPU, and are nothing for cores that are not counted', () => {
    const prices = new Prices();
    prices.adjust([{ gpus: 1, cores: 8, count: 1e6, classes: [0] }], supply([1]), 1000);
    expect([prices.of(0, 1, 0), prices.of(0, 0, 8)]).toEqual([GPU, 0]);
  });

  it('go on from where they were after they were saved', () => {
    const demand = [{ gpus: 1, cores: 4, count: 70, classes: [0, 1] }, { gpus: 1, cores: 8, count: 30, classes: [1] }];
    const [straight, saved] = [new Prices(), new Prices()];
    for (const prices of [straight, saved]) prices.adjust(demand, supply([50, 50], [300, 300]), 20);
    const restored = new Prices();
    restored.load(JSON.parse(JSON.stringify(saved.save())));
    for (const prices of [straight, restored]) prices.adjust(demand, supply([20, 50], [100, 300]), 5);
    expect(restored.save()).toEqual(straight.save());
  });
});
