/** Where a job of one node goes: where the value of what remains is greatest. */
import { lowestBit, lowestBits, popcount } from '../bits.js';
import type { Claim, Cluster } from '../cluster.js';
import type { Pool } from '../pool.js';
import type { Room } from '../profile.js';
import type { JobAsk } from '../types.js';
import { MAX_GPUS, WHOLE } from '../units.js';
import { type Kind, milliOfKind } from './demand.js';
import { bestGpu, Gains, NONE } from './gains.js';
import { MoveBudget, type SavedBudget } from './move-budget.js';
import { BLOCK, type SavedClasses } from './node-classes.js';
import { hostLoss, scaleOf, Scorer } from './score.js';
import { Table } from './table.js';
import { View } from './view.js';
import { type SavedWorth, Worth } from './worth.js';

/** Kinds whose scores are remembered; when there are more, all are forgotten. */
const MOST_KINDS = 1000;

interface Entry {
  readonly table: Table;
  readonly scorer: Scorer;
  readonly gains: Gains | undefined;
  /** Version of the prices. */
  pricedAt: number;
}

export const kindOf = ({ gpusPerNode, gpuMilli, cpuMilli = 0, memoryMib = 0, gpuModels, site }: Omit<JobAsk, 'job'>): Kind => ({
  gpus: gpusPerNode,
  gpuMilli: gpusPerNode === 0 ? 0 : gpuMilli,
  cpu: cpuMilli,
  memory: memoryMib,
  models: gpuModels,
  site,
});

const isShare = ({ gpus, gpuMilli }: Kind): boolean => gpus === 1 && gpuMilli < WHOLE;

/** A node, its GPUs as bits, and how good that is (`score.ts`), the price off. */
export interface Choice {
  readonly node: number;
  readonly mask: number;
  readonly score: number;
}

/** A class of jobs of one engine, and its kind's number there; −1 until it is asked for. */
interface Classed {
  readonly sample: JobAsk;
  kind: number;
}

/** Plain data. */
export interface SavedPacking {
  readonly classes: SavedClasses;
  readonly worth: SavedWorth;
  readonly budget: SavedBudget;
}

export class Packing {
  readonly worth = new Worth();
  readonly budget = new MoveBudget();
  private readonly view = new View();
  private readonly entries = new Map<number, Entry>();
  private readonly gains = new Map<number, Gains>();
  /** Per pool. */
  private allowed = new Uint8Array(0);
  private worthAt = -1;
  private placesAt = -1;

  constructor(private readonly cluster: Cluster) {}

  /** The number of a class of jobs' kind. */
  numberOf(cls: Classed): number {
    if (cls.kind < 0) cls.kind = this.worth.demand.numberOf(kindOf(cls.sample));
    return cls.kind;
  }

  /**
   * Of the nodes of these pools the one with the best score; ties: the least overhang of the job's end past the node's
   * last, the least gap, the node admitted first.
   * @param number of the kind (`Demand.numberOf`)
   * @param room what is free to the job for its whole limit; absent: all that is free now
   */
  choose(number: number, pools: readonly { readonly pool: Pool }[], endMs: number, room?: Room): Choice | undefined {
    const { cluster } = this;
    const { classes } = cluster;
    const table = this.follow(number);
    const { allowed } = this;
    const { poolOfBlock, nodeAt } = classes;
    const { scores, prices } = table;
    allowed.fill(0);
    for (let i = 0; i < pools.length; i++) allowed[pools[i]!.pool.number] = 1;
    let best = -1;
    // Where all that is free is open, no node that scores less than the best needs to be looked at.
    let bestScore = room ? -Infinity : this.highest(table);
    let bestOver = Infinity;
    let bestGap = Infinity;
    for (let block = 0; block < prices.length; block++) {
      const price = prices[block]!;
      if (allowed[poolOfBlock[block]!] === 0 || table.topOf(block, bestScore + price) - price < bestScore) continue;
      for (let place = block * BLOCK, end = place + BLOCK; place < end; place++) {
        const raw = scores[place]!;
        if (raw === NONE || raw - price < bestScore) continue;
        const node = nodeAt[place]!;
        const found = (room ? this.within(table.kind, node, raw, room) : raw) - price;
        if (found < bestScore || found === -Infinity) continue;
        const past = endMs - cluster.lastEnd[node]!;
        const over = past > 0 ? past : 0;
        const gap = past > 0 ? 0 : -past;
        if (found === bestScore && (over > bestOver || (over === bestOver && (gap > bestGap || (gap === bestGap && node > best))))) continue;
        best = node;
        bestScore = found;
        bestOver = over;
        bestGap = gap;
      }
    }
    return best < 0 ? undefined : { node: best, mask: this.maskOn(best, table.kind, room), score: bestScore };
  }

  /** The best score of the nodes of the pools that are allowed, the price off. */
  private highest(table: Table): number {
    const { allowed, cluster: { classes: { poolOfBlock } } } = this;
    const { prices } = table;
    let highest = -Infinity;
    for (let block = 0; block < prices.length; block++) {
      if (allowed[poolOfBlock[block]!] === 0) continue;
      const top = table.topOf(block, highest + prices[block]!) - prices[block]!;
      if (top > highest) highest = top;
    }
    return highest;
  }

  /** Learns from what has come, when it is time to: not when it is asked, which a restored engine is at other times. */
  look(): void {
    this.view.follow(this.cluster);
    this.worth.look(this.cluster, this.view.rooms);
  }

  /** What the node is worse for holding the claim, in parts of `GPU`: minus the score that the job would get there again. */
  lossOf(node: number, { masks: [mask = 0], milli, cpu = 0 }: Claim): number {
    const { cluster, worth: { value, gpuPerCpu } } = this;
    let loss = 0;
    for (let bits = mask; bits !== 0; bits &= bits - 1) {
      const free = cluster.milli[node * MAX_GPUS + lowestBit(bits)]!;
      if (milli < WHOLE) loss += value[free + milli]! - value[free]!;
    }
    const { mostCpu, mostGpu, classOf } = cluster.classes;
    const room = this.view.rooms[node]!;
    const scale = scaleOf(gpuPerCpu, mostCpu, mostGpu);
    const price = this.worth.prices.of(classOf[node]!, (popcount(mask) * milli) / WHOLE, cpu / 1000);
    return loss + hostLoss(cluster.cpu[node]! + cpu, cluster.cpu[node]!, room + popcount(mask) * milli, room, scale) + price;
  }

  /** A job has come that was not here before. */
  arrived(cls: Classed): void {
    if (cls.sample.migProfile === undefined) this.worth.arrived(this.numberOf(cls), cls.sample.nodes);
  }

  save(): SavedPacking {
    const { per100, credit } = this.budget;
    return { classes: this.cluster.classes.save(), worth: this.worth.save(), budget: { per100, credit } };
  }

  /** What was learnt. The classes are loaded before the nodes come (`NodeClasses.load`). */
  load({ worth, budget }: SavedPacking): void {
    this.worth.load(worth);
    Object.assign(this.budget, budget);
  }

  /** Everything up to date for this kind. */
  private follow(number: number): Table {
    const { cluster, worth, view } = this;
    const { classes } = cluster;
    view.follow(cluster);
    worth.look(cluster, view.rooms);
    if (this.worthAt !== worth.version || this.placesAt !== classes.version) this.forget();
    const entry = this.entries.get(number) ?? this.enter(number);
    entry.gains?.follow(cluster, worth.value);
    entry.table.follow(cluster, entry.scorer);
    if (entry.pricedAt !== worth.prices.version) this.price(entry);
    return entry.table;
  }

  /** Scores of before are worth nothing any more. */
  private forget(): void {
    this.entries.clear();
    this.gains.clear();
    this.worthAt = this.worth.version;
    this.placesAt = this.cluster.classes.version;
    if (this.allowed.length < this.cluster.pools.length) this.allowed = new Uint8Array(this.cluster.pools.length);
  }

  private enter(number: number): Entry {
    if (this.entries.size === MOST_KINDS) this.entries.clear();
    const { cluster, view, worth } = this;
    const { mostCpu, mostGpu } = cluster.classes;
    const kind = worth.demand.kinds[number]!;
    const gains = isShare(kind) ? this.gainsOf(kind.gpuMilli) : undefined;
    const scorer = new Scorer(cluster, view, kind, gains?.follow(cluster, worth.value), scaleOf(worth.gpuPerCpu, mostCpu, mostGpu));
    const entry: Entry = { table: new Table(kind), scorer, gains, pricedAt: -1 };
    this.entries.set(number, entry);
    return entry;
  }

  private price(entry: Entry): void {
    const { prices } = this.worth;
    const { all, classOfBlock } = this.cluster.classes;
    const { kind } = entry.table;
    const perClass = all.map((_, cls) => prices.of(cls, milliOfKind(kind) / WHOLE, kind.cpu / 1000));
    const perBlock = new Int32Array(classOfBlock.length);
    for (let block = 0; block < perBlock.length; block++) perBlock[block] = perClass[classOfBlock[block]!]!;
    entry.table.prices = perBlock;
    entry.pricedAt = prices.version;
  }

  private gainsOf(milli: number): Gains {
    const known = this.gains.get(milli);
    if (known) return known;
    const made = new Gains(milli);
    this.gains.set(milli, made);
    return made;
  }

  /** The score on what the job may take of the node; −∞ where that is not enough. */
  private within(kind: Kind, node: number, score: number, room: Room): number {
    const { cluster, worth: { value } } = this;
    if (!isShare(kind)) return room.spare(node, popcount(cluster.free[node]!)) >= kind.gpus ? score : -Infinity;
    const [any, open] = [cluster.free[node]! | cluster.shared[node]!, this.openTo(node, room)];
    const bit = bestGpu(cluster, node, kind.gpuMilli, value, open);
    if (bit < 0) return -Infinity;
    const gain = (gpu: number): number => value[cluster.milli[node * MAX_GPUS + gpu]! - kind.gpuMilli]! - value[cluster.milli[node * MAX_GPUS + gpu]!]!;
    return score + gain(bit) - gain(bestGpu(cluster, node, kind.gpuMilli, value, any));
  }

  /** GPUs of the node that a share may take. */
  private openTo(node: number, room: Room): number {
    const { free, shared } = this.cluster;
    let open = room.spare(node, popcount(free[node]!)) >= 1 ? free[node]! : 0;
    for (let bits = shared[node]!; bits !== 0; bits &= bits - 1) {
      const gpu = bits & -bits;
      if (room.allows(node, gpu)) open |= gpu;
    }
    return open;
  }

  private maskOn(node: number, kind: Kind, room?: Room): number {
    const { cluster } = this;
    if (!isShare(kind)) return lowestBits(cluster.free[node]!, kind.gpus);
    const open = room ? this.openTo(node, room) : cluster.free[node]! | cluster.shared[node]!;
    return 1 << bestGpu(cluster, node, kind.gpuMilli, this.worth.value, open);
  }
}
