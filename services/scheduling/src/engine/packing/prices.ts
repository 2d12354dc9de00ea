/**
 * Bid prices: what GPUs and cores of each class of nodes are worth to the demand that can go nowhere else. The expected
 * demand spreads over the classes that can serve it, more of it where it is cheaper; a price rises where the load
 * exceeds what is free and falls where it does not reach it.
 */
import { GPU } from './value.js';

export interface PricedType {
  readonly gpus: number;
  readonly cores: number;
  /** How many are expected. */
  count: number;
  /** Classes that can serve it. */
  readonly classes: readonly number[];
}

export interface Supply {
  /** Per class: free GPUs and cores; cores are infinite where they are not counted. */
  readonly gpus: Float64Array;
  readonly cores: Float64Array;
}

/** How much cheaper, in GPUs, a class must be to draw e times the demand. */
const TEMPERATURE = 0.05;
/** How far a price goes at once where the load is twice what is free or more, in GPUs a GPU and GPUs a core. */
const GPU_STEP = 0.005;
const CORE_STEP = 0.000_03;
/** Nothing is worth more than a GPU. */
const HIGHEST = 1;
const LEAST_FREE = 1e-3;

/** Plain data, per class. */
export interface SavedPrices {
  readonly gpu: readonly number[];
  readonly core: readonly number[];
}

export class Prices {
  gpu = new Float64Array(0);
  core = new Float64Array(0);
  private weights = new Float64Array(0);
  /** Grows with every adjustment. */
  version = 0;

  /** What one pays in the class, in parts of `GPU`. */
  of(cls: number, gpus: number, cores: number): number {
    return Math.round(((this.gpu[cls] ?? 0) * gpus + (this.core[cls] ?? 0) * cores) * GPU);
  }

  adjust(types: readonly PricedType[], supply: Supply, iterations: number): void {
    const classes = supply.gpus.length;
    this.gpu = Float64Array.from(supply.gpus, (_, k) => this.gpu[k] ?? 0);
    this.core = Float64Array.from(supply.gpus, (_, k) => this.core[k] ?? 0);
    this.weights = new Float64Array(classes);
    const gpuLoad = new Float64Array(classes);
    const coreLoad = new Float64Array(classes);
    for (let i = 0; i < iterations; i++) {
      gpuLoad.fill(0);
      coreLoad.fill(0);
      for (const type of types) this.spread(type, supply.gpus, gpuLoad, coreLoad);
      for (let k = 0; k < classes; k++) {
        this.gpu[k] = next(this.gpu[k]!, gpuLoad[k]!, supply.gpus[k]!, GPU_STEP);
        this.core[k] = next(this.core[k]!, coreLoad[k]!, supply.cores[k]!, CORE_STEP);
      }
    }
    this.version += 1;
  }

  save(): SavedPrices {
    return { gpu: [...this.gpu], core: [...this.core] };
  }

  load({ gpu, core }: SavedPrices): void {
    this.gpu = Float64Array.from(gpu);
    this.core = Float64Array.from(core);
    this.version += 1;
  }

  /** Adds the demand of a type to the classes that serve it: by what is free there, and more where it is cheaper. */
  private spread({ gpus, cores, count, classes }: PricedType, free: Float64Array, gpuLoad: Float64Array, coreLoad: Float64Array): void {
    const { gpu, core, weights } = this;
    let cheapest = Infinity;
    for (const k of classes) {
      const cost = gpu[k]! * gpus + core[k]! * cores;
      weights[k] = cost;
      if (cost < cheapest) cheapest = cost;
    }
    let sum = 0;
    for (const k of classes) sum += weights[k] = Math.exp((cheapest - weights[k]!) / TEMPERATURE) * (free[k]! + LEAST_FREE);
    for (const k of classes) {
      const share = (count * weights[k]!) / sum;
      gpuLoad[k]! += share * gpus;
      coreLoad[k]! += share * cores;
    }
  }
}

/** Up by the share of the load that is too much, at most a step; down as fast. */
const next = (price: number, load: number, free: number, step: number): number =>
  free === Infinity ? 0 : Math.min(HIGHEST, Math.max(0, price + step * Math.min(1, load / Math.max(free, LEAST_FREE) - 1)));
