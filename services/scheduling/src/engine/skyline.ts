/** What a node has free, over time, if what runs there ends at its limit and what is reserved there starts on time. */

/** Of one node. Cores in thousandths, memory in MiB; infinite where they are not counted. */
export interface Amount {
  readonly gpus: number;
  readonly cpu: number;
  readonly memory: number;
}

/** A step function: `free[i]` from `times[i]` until `times[i + 1]`, the last for ever. */
export class Skyline {
  private readonly times: number[];
  private readonly free: Amount[];

  constructor(fromMs: number, free: Amount) {
    this.times = [fromMs];
    this.free = [free];
  }

  /** So much less in [from, to). Negative amounts give back. */
  take(fromMs: number, toMs: number, amount: Amount): void {
    if (toMs <= fromMs) return;
    const first = this.cut(fromMs);
    const last = toMs === Infinity ? this.times.length : this.cut(toMs);
    for (let i = first; i < last; i++) {
      const { gpus, cpu, memory } = this.free[i]!;
      this.free[i] = { gpus: gpus - amount.gpus, cpu: cpu - amount.cpu, memory: memory - amount.memory };
    }
  }

  /** So much more from each of these times on, which are in order and not before the first. */
  rise(ends: readonly { readonly atMs: number; readonly amount: Amount }[]): void {
    for (const { atMs, amount } of ends) {
      const i = this.cut(atMs);
      const { gpus, cpu, memory } = this.free[i]!;
      this.free[i] = { gpus: gpus + amount.gpus, cpu: cpu + amount.cpu, memory: memory + amount.memory };
    }
  }

  /** GPUs that are free all through [from, to); −1 when the cores or the memory are not. */
  spare(fromMs: number, toMs: number, { cpu, memory }: Amount): number {
    let least = Infinity;
    for (let i = this.at(fromMs); i < this.times.length && this.times[i]! < toMs; i++) {
      const free = this.free[i]!;
      if (free.cpu < cpu || free.memory < memory) return -1;
      if (free.gpus < least) least = free.gpus;
    }
    return least;
  }

  /** The first time from `fromMs` on at which the amount is free for so long. */
  earliest(fromMs: number, lengthMs: number, amount: Amount): number {
    let start = fromMs;
    for (let i = this.at(fromMs); i < this.times.length && this.times[i]! < start + lengthMs; i++)
      if (!holds(this.free[i]!, amount)) start = this.times[i + 1] ?? Infinity;
    return start;
  }

  /** Until when the amount is free, from now on without a break. */
  until(fromMs: number, amount: Amount): number {
    for (let i = this.at(fromMs); i < this.times.length; i++) if (!holds(this.free[i]!, amount)) return Math.max(fromMs, this.times[i]!);
    return Infinity;
  }

  /** The step that this time is in. */
  private at(ms: number): number {
    let i = this.times.length - 1;
    while (i > 0 && this.times[i]! > ms) i--;
    return i;
  }

  /** Makes a step begin at this time. @returns its number */
  private cut(ms: number): number {
    const i = this.at(ms);
    if (this.times[i]! >= ms) return i;
    this.times.splice(i + 1, 0, ms);
    this.free.splice(i + 1, 0, this.free[i]!);
    return i + 1;
  }
}

const holds = (free: Amount, { gpus, cpu, memory }: Amount): boolean => free.gpus >= gpus && free.cpu >= cpu && free.memory >= memory;
