/** Random numbers from a seed: the same seed gives the same world. */
import { unsafeUniformIntDistribution } from 'pure-rand/distribution/UnsafeUniformIntDistribution';
import { xoroshiro128plus } from 'pure-rand/generator/XoroShiro';

const RANGE = 2 ** 30;

export class Random {
  private readonly generator: ReturnType<typeof xoroshiro128plus>;

  /** @param purpose separates streams of one seed, so that one use does not shift another */
  constructor(seed: number, purpose: string) {
    let mixed = seed | 0;
    for (const char of purpose) mixed = Math.imul(mixed ^ (char.codePointAt(0) ?? 0), 0x01000193);
    this.generator = xoroshiro128plus(mixed);
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return unsafeUniformIntDistribution(0, RANGE - 1, this.generator) / RANGE;
  }

  /** Exponentially distributed with this mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  /** Log-normal with this median; `sigma` is the standard deviation of its logarithm. */
  logNormal(median: number, sigma: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
    return median * Math.exp(sigma * normal);
  }

  /** One of the items, by weight. */
  pick<T>(items: readonly (readonly [item: T, weight: number])[]): T {
    let left = this.uniform() * items.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [item, weight] of items) if ((left -= weight) < 0) return item;
    const last = items.at(-1);
    if (!last) throw new RangeError('nothing to pick from');
    return last[0];
  }
}
