/** Which of many is least, as they change: a tournament tree. Ties: the lower number. */
export class MinTree {
  /** Node 1 is the root, those from `leaves` on are the values. */
  private readonly values: Float64Array;
  private readonly leaves: number;

  constructor(values: Float64Array) {
    this.leaves = 1;
    while (this.leaves < values.length) this.leaves *= 2;
    this.values = new Float64Array(2 * this.leaves).fill(Infinity);
    this.values.set(values, this.leaves);
    for (let i = this.leaves - 1; i > 0; i--) this.values[i] = Math.min(this.values[2 * i]!, this.values[2 * i + 1]!);
  }

  /** Infinite when there is none. */
  get least(): number {
    return this.values[1]!;
  }

  /** The number of the least. */
  first(): number {
    const { values, leaves } = this;
    let i = 1;
    while (i < leaves) i = values[2 * i]! <= values[2 * i + 1]! ? 2 * i : 2 * i + 1;
    return i - leaves;
  }

  at(number: number): number {
    return this.values[this.leaves + number]!;
  }

  set(number: number, value: number): void {
    const { values } = this;
    let i = this.leaves + number;
    if (values[i] === value) return;
    values[i] = value;
    for (i >>>= 1; i > 0; i >>>= 1) {
      const least = Math.min(values[2 * i]!, values[2 * i + 1]!);
      if (values[i] === least) return;
      values[i] = least;
    }
  }
}
