/** V: what a GPU with so much of it free is still good for, from nothing to 1. */
import { CuttingStock, LEVELS } from './cutting-stock.js';

/** Demands that V is averaged over: one alone has prices that a few pods more would turn over. */
const DEMANDS = 40;
/** Sizes at most: the rarest beyond are not asked for their price. */
const MOST_SIZES = 25;
/** A whole GPU as a value: all shares of it down to a sixteenth are whole numbers, so that equal ones are equal. */
export const GPU = 720_720;
const STEP = 1000 / LEVELS;

/** V by free thousandths, 0 to 1000, in parts of `GPU`. */
export type Value = Int32Array;

export interface ShareDemand {
  /** Thousandths of a GPU, below 1000. */
  readonly milli: number;
  /** How many are expected. */
  readonly count: number;
}

/**
 * @param shares what is expected of each size @returns per thousandth that is free (0 to 1000), in parts of
 * `GPU`: never falling, all of it for a whole GPU, flat wherever no size is served by more
 */
export function valueOf(shares: readonly ShareDemand[]): Value {
  const demand = new Map<number, number>();
  for (const { milli, count } of shares) {
    const size = Math.ceil(milli / STEP);
    if (count > 0) demand.set(size, (demand.get(size) ?? 0) + count);
  }
  const common = [...demand].sort(([a, x], [b, y]) => b * y - a * x || a - b).slice(0, MOST_SIZES).sort(([a], [b]) => b - a);
  const sum = new Float64Array(LEVELS + 1);
  if (common.length > 0) {
    const stock = new CuttingStock(common.map(([size]) => size));
    const draw = poisson();
    for (let i = 0; i < DEMANDS; i++) {
      stock.solve(Float64Array.from(common, ([, count]) => draw(count)));
      for (let level = 1; level <= LEVELS; level++) sum[level]! += stock.worth[level]!;
    }
  }
  const values = new Int32Array(1001);
  for (let milli = 0; milli < 1000; milli++) values[milli] = Math.min(GPU, Math.round((sum[Math.floor(milli / STEP)]! / DEMANDS) * GPU));
  values[1000] = GPU;
  return values;
}

/** Before anything is known: as much as there is of it. */
export const linearValue = (): Value => Int32Array.from({ length: 1001 }, (_, milli) => milli * Math.floor(GPU / 1000));

/** Draws that are the same in every process: Lehmer's generator (Park and Miller 1988) and, for large means, the normal law. */
function poisson(): (mean: number) => number {
  let state = 20_230_710;
  const uniform = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return (mean) => {
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())));
    const limit = Math.exp(-mean);
    let [drawn, product] = [0, uniform()];
    while (product > limit) {
      product *= uniform();
      drawn += 1;
    }
    return drawn;
  };
}
