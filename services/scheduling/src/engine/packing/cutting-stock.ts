/**
 * What shares of a GPU are worth: the dual of the linear program that serves a demand of shares with the fewest GPUs
 * (min Σ x_P, Σ a_sP · x_P ≥ d_s over cutting patterns P; Gilmore and Gomory 1961). Revised simplex; a pattern that
 * pays is found by a knapsack over the levels of a GPU.
 */
export const LEVELS = 100;

const EPSILON = 1e-9;
/** Bland-free simplex may turn in circles on degenerate demands; it has long been good enough by then. */
const MOST_PIVOTS = 400;

/** The best that fits: `worth[l]` is what `l` levels of a GPU are worth, `taken[l]` the item last put in, −1 for none. */
export function knapsack(sizes: readonly number[], prices: Float64Array, worth: Float64Array, taken: Int16Array): void {
  worth[0] = 0;
  taken[0] = -1;
  for (let level = 1; level <= LEVELS; level++) {
    let best = worth[level - 1]!;
    let item = -1;
    for (let s = 0; s < sizes.length; s++) {
      const size = sizes[s]!;
      if (size > level) continue;
      const value = worth[level - size]! + prices[s]!;
      if (value > best + EPSILON) [best, item] = [value, s];
    }
    worth[level] = best;
    taken[level] = item;
  }
}

export class CuttingStock {
  readonly worth = new Float64Array(LEVELS + 1);
  private readonly taken = new Int16Array(LEVELS + 1);
  private readonly prices: Float64Array;
  private readonly inverse: Float64Array;
  /** Cost of each basic column: 1 a pattern, 0 a surplus. */
  private readonly cost: Float64Array;
  private readonly amount: Float64Array;
  private readonly column: Float64Array;
  private readonly entering: Float64Array;

  /** @param sizes distinct, in levels, 1 to `LEVELS` */
  constructor(private readonly sizes: readonly number[]) {
    const rows = sizes.length;
    this.prices = new Float64Array(rows);
    this.inverse = new Float64Array(rows * rows);
    this.cost = new Float64Array(rows);
    this.amount = new Float64Array(rows);
    this.column = new Float64Array(rows);
    this.entering = new Float64Array(rows);
    this.startOver();
  }

  /**
   * Solves for a demand, and leaves in `worth` what each level of a GPU is worth; `worth[LEVELS]` is 1.
   * Begins at the basis of the demand before where that still serves this one.
   * @param demand per size
   */
  solve(demand: Float64Array): void {
    if (!this.serves(demand)) {
      this.startOver();
      this.serves(demand);
    }
    for (let pivot = 0; pivot < MOST_PIVOTS && this.improve(); pivot++);
    knapsack(this.sizes, this.prices, this.worth, this.taken);
  }

  /** Each size by itself: as many as go into a GPU. */
  private startOver(): void {
    const rows = this.sizes.length;
    this.inverse.fill(0);
    this.cost.fill(1);
    for (let s = 0; s < rows; s++) this.inverse[s * rows + s] = 1 / Math.floor(LEVELS / this.sizes[s]!);
  }

  private serves(demand: Float64Array): boolean {
    const rows = this.sizes.length;
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let s = 0; s < rows; s++) sum += this.inverse[i * rows + s]! * demand[s]!;
      if (sum < 0) return false;
      this.amount[i] = sum;
    }
    return true;
  }

  /** One pivot. @returns false at the optimum */
  private improve(): boolean {
    const { sizes, prices, inverse, cost, column, worth, taken } = this;
    const rows = sizes.length;
    let surplus = -1;
    for (let s = 0; s < rows; s++) {
      let price = 0;
      for (let i = 0; i < rows; i++) price += cost[i]! * inverse[i * rows + s]!;
      prices[s] = price;
      if (price < -EPSILON && (surplus < 0 || price < prices[surplus]!)) surplus = s;
    }
    column.fill(0);
    if (surplus >= 0) column[surplus] = -1;
    else {
      knapsack(sizes, prices, worth, taken);
      if (worth[LEVELS]! <= 1 + EPSILON) return false;
      for (let level = LEVELS; level > 0; ) {
        const item = taken[level]!;
        if (item < 0) level -= 1;
        else {
          column[item]! += 1;
          level -= sizes[item]!;
        }
      }
    }
    return this.pivot(surplus >= 0 ? 0 : 1);
  }

  private pivot(price: number): boolean {
    const { inverse, amount, column, entering, cost } = this;
    const rows = column.length;
    let [leaving, least] = [-1, Infinity];
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let s = 0; s < rows; s++) if (column[s] !== 0) sum += inverse[i * rows + s]! * column[s]!;
      entering[i] = sum;
      if (sum > EPSILON && amount[i]! / sum < least) [leaving, least] = [i, amount[i]! / sum];
    }
    if (leaving < 0) return false;
    const by = entering[leaving]!;
    for (let s = 0; s < rows; s++) inverse[leaving * rows + s]! /= by;
    amount[leaving] = least;
    cost[leaving] = price;
    for (let i = 0; i < rows; i++) {
      const factor = entering[i]!;
      if (i === leaving || factor === 0) continue;
      for (let s = 0; s < rows; s++) inverse[i * rows + s]! -= factor * inverse[leaving * rows + s]!;
      amount[i] = Math.max(0, amount[i]! - factor * least);
    }
    return true;
  }
}
