/** Random numbers that a seed tells: sfc32 (Doty-Humphrey, PractRand). The same seed and stream give the same numbers. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private d = 1;

  /** @param stream numbers of another use of the same seed do not move these */
  constructor(seed: number, stream: number) {
    [this.a, this.b, this.c] = [seed | 0, stream | 0, 0x9e3779b9];
    for (let i = 0; i < 16; i++) this.next();
  }

  /** A whole number from 0, less than `count`: without the bias of a remainder. */
  below(count: number): number {
    const limit = 2 ** 32 - (2 ** 32 % count);
    let drawn = this.next();
    while (drawn >= limit) drawn = this.next();
    return drawn % count;
  }

  /** Fisher–Yates, in place. */
  shuffle<A extends unknown[] | Int32Array>(items: A): A {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }

  private next(): number {
    const sum = (this.a + this.b + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum | 0;
    return sum >>> 0;
  }
}
