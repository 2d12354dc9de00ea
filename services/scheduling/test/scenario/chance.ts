/** Numbers that look random and are the same in every run (mulberry32). */
export class Chance {
  constructor(private state: number) {}

  /** A whole number from 0 up to, and without, this one. */
  below(end: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let x = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 4_294_967_296) * end);
  }

  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  /** True in so many of 100 cases. */
  of100(percent: number): boolean {
    return this.below(100) < percent;
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }
}
