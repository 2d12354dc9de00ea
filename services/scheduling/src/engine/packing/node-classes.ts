/** Classes of nodes that were equal when they were empty, and their places in tables. */
import type { Pool } from '../pool.js';
import type { NodeSpec } from '../types.js';
import { WHOLE } from '../units.js';
import type { Kind } from './demand.js';

/** Places of a class come in blocks of so many, so that a block has one class and one price. */
export const BLOCK = 32;

export interface NodeClass {
  readonly pool: number;
  readonly site: string;
  readonly model: string;
  readonly gpus: number;
  /** Thousandths of a core and MiB of an empty node; infinite where they are not counted. */
  readonly cpu: number;
  readonly memory: number;
  /** How many nodes it has. */
  nodes: number;
}

/** Plain data: the classes in their order, and the largest node so far. */
export interface SavedClasses {
  readonly classes: readonly { readonly pool: number; readonly gpus: number; readonly cpu?: number | undefined; readonly memory?: number | undefined }[];
  readonly mostCpu: number;
  readonly mostGpu: number;
}

/** Whether an empty node of the class could hold one of the kind. */
export const serves = (cls: NodeClass, { gpus, cpu, memory, models, site }: Kind): boolean =>
  cls.gpus >= gpus && cls.cpu >= cpu && cls.memory >= memory && (site === undefined || site === cls.site) && (models === undefined || models.includes(cls.model));

export class NodeClasses {
  readonly all: NodeClass[] = [];
  /** Per block: its class. */
  readonly classOfBlock: number[] = [];
  readonly poolOfBlock: number[] = [];
  /** Per place: its node; −1 where it is empty. */
  readonly nodeAt: number[] = [];
  /** Per node: its place and class. */
  readonly placeOf: number[] = [];
  readonly classOf: number[] = [];
  /** The largest node so far: thousandths of a core as far as they are counted, and milli-GPUs. */
  mostCpu = 1;
  mostGpu = 1000;
  /** Grows when a node has another place. */
  version = 0;
  private readonly numbers = new Map<string, number>();
  private readonly ofPool: NodeClass[][] = [];

  /** Files a node that has come, or has come again with other facts. */
  file(node: number, pool: Pool, { gpus, cpuMilli = Infinity, memoryMib = Infinity }: NodeSpec): void {
    const number = this.numberOf(pool, gpus.length, cpuMilli, memoryMib);
    if (cpuMilli < Infinity) this.mostCpu = Math.max(this.mostCpu, cpuMilli);
    this.mostGpu = Math.max(this.mostGpu, gpus.length * WHOLE);
    const before = this.classOf[node];
    if (before === number) return;
    if (before !== undefined) {
      this.nodeAt[this.placeOf[node]!] = -1;
      this.all[before]!.nodes -= 1;
    }
    this.all[number]!.nodes += 1;
    this.classOf[node] = number;
    const place = this.placeIn(number);
    this.placeOf[node] = place;
    this.nodeAt[place] = node;
    this.version += 1;
  }

  save(): SavedClasses {
    const counted = (amount: number): number | undefined => (amount === Infinity ? undefined : amount);
    return {
      classes: this.all.map(({ pool, gpus, cpu, memory }) => ({ pool, gpus, cpu: counted(cpu), memory: counted(memory) })),
      mostCpu: this.mostCpu,
      mostGpu: this.mostGpu,
    };
  }

  /** Numbers the classes as they were. Before any node is filed. */
  load({ classes, mostCpu, mostGpu }: SavedClasses, pools: readonly Pool[]): void {
    for (const { pool, gpus, cpu = Infinity, memory = Infinity } of classes) this.numberOf(pools[pool]!, gpus, cpu, memory);
    [this.mostCpu, this.mostGpu] = [mostCpu, mostGpu];
  }

  private numberOf({ number: pool, facts: { site }, model }: Pool, gpus: number, cpu: number, memory: number): number {
    const key = `${pool}/${gpus}/${cpu}/${memory}`;
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.all.length);
    const made = { pool, site, model, gpus, cpu, memory, nodes: 0 };
    (this.ofPool[pool] ??= []).push(made);
    return this.all.push(made) - 1;
  }

  /** The classes of a pool's nodes. */
  inPool(pool: number): readonly NodeClass[] {
    return this.ofPool[pool] ?? [];
  }

  private placeIn(cls: number): number {
    for (const [block, owner] of this.classOfBlock.entries())
      if (owner === cls) for (let place = block * BLOCK; place < (block + 1) * BLOCK; place++) if (this.nodeAt[place] === -1) return place;
    this.classOfBlock.push(cls);
    this.poolOfBlock.push(this.all[cls]!.pool);
    const place = this.nodeAt.length;
    for (let i = 0; i < BLOCK; i++) this.nodeAt.push(-1);
    return place;
  }
}
