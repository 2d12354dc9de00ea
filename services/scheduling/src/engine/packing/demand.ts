/** What kinds of one-node jobs come, and how often: counts so far, or counts that are known beforehand. */

/** Jobs that take the same of a node. A gang is as many of these as it has nodes. */
export interface Kind {
  readonly gpus: number;
  /** Of each GPU; 1000 is a whole one. */
  readonly gpuMilli: number;
  /** Thousandths of a core, MiB. */
  readonly cpu: number;
  readonly memory: number;
  /** GPU models that will do; absent: any. */
  readonly models: readonly string[] | undefined;
  readonly site: string | undefined;
}

export interface SavedDemand {
  readonly kinds: readonly (Kind & { readonly count: number })[];
  readonly known: boolean;
}

/** Counts are halved when they reach this, so that what came long ago fades. */
const FULL = 1 << 17;

export const milliOfKind = ({ gpus, gpuMilli }: Kind): number => gpus * gpuMilli;

const keyOf = ({ gpus, gpuMilli, cpu, memory, models, site }: Kind): string => [gpus, gpuMilli, cpu, memory, models?.join('|'), site].join('\n');

export class Demand {
  readonly kinds: Kind[] = [];
  readonly counts: number[] = [];
  total = 0;
  /** The counts are given; arrivals do not change them. */
  known = false;
  private readonly numbers = new Map<string, number>();

  numberOf(kind: Kind): number {
    const key = keyOf(kind);
    const found = this.numbers.get(key);
    if (found !== undefined) return found;
    this.numbers.set(key, this.kinds.length);
    this.counts.push(0);
    return this.kinds.push(kind) - 1;
  }

  arrived(kind: number, times: number): void {
    if (this.known) return;
    this.counts[kind]! += times;
    this.total += times;
    if (this.total < FULL) return;
    this.total = 0;
    for (const [i, count] of this.counts.entries()) this.total += this.counts[i] = count >>> 1;
  }

  expect(kinds: readonly (Kind & { readonly count: number })[]): void {
    this.counts.fill(0);
    this.total = 0;
    this.known = true;
    for (const { count, ...kind } of kinds) {
      this.counts[this.numberOf(kind)]! += count;
      this.total += count;
    }
  }

  save(): SavedDemand {
    return { kinds: this.kinds.map((kind, i) => ({ ...kind, count: this.counts[i]! })), known: this.known };
  }

  load({ kinds, known }: SavedDemand): void {
    this.expect(kinds);
    this.known = known;
  }
}
