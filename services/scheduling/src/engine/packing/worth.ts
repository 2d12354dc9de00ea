/** What is learnt of the demand, and what follows from it: V, the mean cores per GPU, the bid prices. */
import type { Cluster } from '../cluster.js';
import { WHOLE } from '../units.js';
import { Demand, type Kind, milliOfKind, type SavedDemand } from './demand.js';
import { serves } from './node-classes.js';
import { type PricedType, Prices, type SavedPrices } from './prices.js';
import { linearValue, type Value, valueOf } from './value.js';

/** The first look; the mean cores per GPU is worth knowing at once. */
const FIRST_LOOK = 1;
/** V is looked at again when half as much more has come, at the latest after so many. */
const VALUED_EVERY = 1 << 16;
/** Prices after so many at the latest. */
const PRICED_EVERY = 500;
const FIRST_ITERATIONS = 100;
const ITERATIONS = 5;
/** The rarest kinds beyond are left out of the prices. */
const MOST_PRICED = 500;
const NEVER = -1;

interface Served {
  readonly key: string;
  readonly classes: readonly number[];
}

/** Plain data. */
export interface SavedWorth {
  readonly demand: SavedDemand;
  readonly arrivals: number;
  readonly valuedAt: number;
  readonly pricedAt: number;
  readonly value: readonly number[];
  readonly gpuPerCpu: number;
  readonly prices: SavedPrices;
}

export class Worth {
  readonly demand = new Demand();
  readonly prices = new Prices();
  value: Value = linearValue();
  /** Milli-GPUs that a thousandth of a core serves, in the mean of the demand; 0 while nothing is known. */
  gpuPerCpu = 0;
  /** Grows when V or the mean have changed. */
  version = 0;
  private arrivals = 0;
  private served: Served[] = [];
  private servedAt = -1;
  private valuedAt = NEVER;
  private pricedAt = NEVER;

  /** So many nodes' worth of a kind have come that were not here before. */
  arrived(kind: number, times: number): void {
    this.arrivals += times;
    this.demand.arrived(kind, times);
  }

  /** What is known to come, instead of what is learnt. */
  expect(kinds: readonly (Kind & { readonly count: number })[]): void {
    this.demand.expect(kinds);
    [this.valuedAt, this.pricedAt] = [NEVER, NEVER];
  }

  /** Looks at the demand anew where it is time to. @param room per node: free milli-GPUs */
  look(cluster: Cluster, room: Int32Array): void {
    if (this.isDue(this.valuedAt, VALUED_EVERY)) this.valueAnew(cluster);
    if (this.isDue(this.pricedAt, PRICED_EVERY)) this.priceAnew(cluster, room);
  }

  save(): SavedWorth {
    const { demand, arrivals, valuedAt, pricedAt, value, gpuPerCpu, prices } = this;
    return { demand: demand.save(), arrivals, valuedAt, pricedAt, value: [...value], gpuPerCpu, prices: prices.save() };
  }

  load({ demand, arrivals, valuedAt, pricedAt, value, gpuPerCpu, prices }: SavedWorth): void {
    this.demand.load(demand);
    this.prices.load(prices);
    [this.arrivals, this.valuedAt, this.pricedAt, this.gpuPerCpu] = [arrivals, valuedAt, pricedAt, gpuPerCpu];
    this.value = Int32Array.from(value);
    this.version += 1;
  }

  /** What is known is looked at once, and then for the sake of what is free; what is learnt as it grows. */
  private isDue(lastAt: number, every: number): boolean {
    const { known, total } = this.demand;
    if (lastAt === NEVER) return known ? total > 0 : this.arrivals >= FIRST_LOOK;
    if (known) return every === PRICED_EVERY && this.arrivals >= lastAt + every;
    return this.arrivals >= Math.min(lastAt * 1.5, lastAt + every);
  }

  private valueAnew({ capacity }: Cluster): void {
    this.valuedAt = this.arrivals;
    const { kinds, counts } = this.demand;
    let [milli, gpuCpu] = [0, 0];
    for (const [i, kind] of kinds.entries()) {
      milli += counts[i]! * milliOfKind(kind);
      if (kind.gpus > 0) gpuCpu += counts[i]! * kind.cpu;
    }
    if (milli === 0) return;
    const times = capacity / milli;
    const shares = kinds.flatMap(({ gpus, gpuMilli }, i) => (gpus === 1 && gpuMilli < WHOLE ? [{ milli: gpuMilli, count: counts[i]! * times }] : []));
    this.value = valueOf(shares);
    this.gpuPerCpu = gpuCpu === 0 ? 0 : milli / gpuCpu;
    this.version += 1;
  }

  private priceAnew(cluster: Cluster, room: Int32Array): void {
    const iterations = this.pricedAt === NEVER ? FIRST_ITERATIONS : ITERATIONS;
    this.pricedAt = this.arrivals;
    const { classes } = cluster;
    if (classes.all.length < 2) return;
    const supply = { gpus: new Float64Array(classes.all.length), cores: new Float64Array(classes.all.length) };
    let free = 0;
    for (const [node, cls] of classes.classOf.entries()) {
      if (cluster.status[node] !== 'open') continue;
      free += room[node]!;
      supply.gpus[cls]! += room[node]!;
      supply.cores[cls]! += cluster.cpu[node]!;
    }
    for (const amounts of [supply.gpus, supply.cores]) for (const k of amounts.keys()) amounts[k]! /= 1000;
    this.prices.adjust(this.priced(cluster, free), supply, iterations);
  }

  /** As many of each kind as would take all that is free; kinds that are alike for prices are one. */
  private priced(cluster: Cluster, free: number): PricedType[] {
    const { kinds, counts } = this.demand;
    const milli = kinds.reduce((sum, kind, i) => sum + counts[i]! * milliOfKind(kind), 0);
    if (milli === 0) return [];
    const numbers = [...kinds.keys()].filter((i) => counts[i]! > 0);
    if (numbers.length > MOST_PRICED) numbers.sort((a, b) => counts[b]! - counts[a]! || a - b).splice(MOST_PRICED);
    const alike = new Map<string, PricedType>();
    for (const i of numbers) {
      const kind = kinds[i]!;
      const { key, classes } = this.servedBy(cluster, i);
      if (classes.length === 0) continue;
      const type = alike.get(key) ?? { gpus: milliOfKind(kind) / 1000, cores: kind.cpu / 1000, count: 0, classes };
      type.count += (counts[i]! * free) / milli;
      alike.set(key, type);
    }
    return [...alike.values()];
  }

  /** The classes that serve a kind, and what is alike of kinds that prices do not tell apart. */
  private servedBy({ classes }: Cluster, number: number): Served {
    if (this.servedAt !== classes.version) this.served = [];
    this.servedAt = classes.version;
    const kind = this.demand.kinds[number]!;
    const serving = (): Served => {
      const able = [...classes.all.keys()].filter((k) => serves(classes.all[k]!, kind));
      return { classes: able, key: `${milliOfKind(kind)}/${kind.cpu}/${able.join()}` };
    };
    return (this.served[number] ??= serving());
  }
}
