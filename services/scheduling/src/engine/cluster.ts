/** The nodes and what is free on them. Numbers instead of ids: a node is its order of admission, a GPU a bit. */
import { allBits, lowestBit, popcount } from './bits.js';
import { freeSlices } from './mig.js';
import { Changes } from './packing/changes.js';
import { NodeClasses } from './packing/node-classes.js';
import { Pool } from './pool.js';
import type { NodeSpec, SiteFacts } from './types.js';
import { MAX_GPUS, WHOLE } from './units.js';

export type NodeStatus = 'open' | 'cordoned' | 'withdrawn';

/** Which GPUs of which nodes, how much of each GPU, and what else of each node. */
export interface Claim {
  readonly nodes: readonly number[];
  readonly masks: readonly number[];
  readonly milli: number;
  /** Thousandths of a core. */
  readonly cpu?: number | undefined;
  /** MiB. */
  readonly memory?: number | undefined;
  /** Memory slices of the one GPU, as bits; present for a MIG instance, and then `milli` is their share. */
  readonly slices?: number | undefined;
}

const put = (bits: number, bit: number, is: boolean): number => (is ? bits | bit : bits & ~bit);

export class Cluster {
  readonly specs: NodeSpec[] = [];
  readonly status: NodeStatus[] = [];
  readonly poolOf: Pool[] = [];
  readonly pools: Pool[] = [];
  /** Per node: its wholly free GPUs. */
  free = new Uint32Array(16);
  /** Per node: its GPUs that are in part free and shared by thousandths. */
  shared = new Uint32Array(16);
  /** Per node: its GPUs that are cut into MIG instances and have a slice left. */
  sliced = new Uint32Array(16);
  /** Per GPU, 32 to a node: free thousandths. */
  milli = new Uint16Array(16 * MAX_GPUS);
  /** Per GPU, 32 to a node: the memory slices that MIG instances have taken, as bits. */
  slices = new Uint8Array(16 * MAX_GPUS);
  /** Per node: free thousandths of a core; infinite where they are not counted. */
  cpu = new Float64Array(16);
  /** Per node: free MiB of main memory; infinite where it is not counted. */
  memory = new Float64Array(16);
  /** Per node: the latest end of what was placed since the node was last empty; 0 while it is. */
  lastEnd = new Float64Array(16);
  /** Milli-GPUs of all nodes that are not withdrawn. */
  capacity = 0;
  /** Grows with every change: what was computed of an older one is stale. */
  version = 0;
  /** Grows when something becomes free: what did not fit before may fit now. */
  freed = 0;

  /** Nodes of one kind together, and which nodes have changed: what packing follows. */
  readonly classes = new NodeClasses();
  readonly changes = new Changes();

  private readonly numbers = new Map<string, number>();

  numberOf(node: string): number | undefined {
    return this.numbers.get(node);
  }

  /** Adds the node, or replaces what was known of it; what it holds stays held, GPU by GPU. */
  admit(spec: NodeSpec, rename: (node: number, to: (mask: number) => number) => void): void {
    if (spec.gpus.length > MAX_GPUS) throw new RangeError(`${spec.node} has ${spec.gpus.length} GPUs; ${MAX_GPUS} at most`);
    // Bits in order of rails, so that the same bits of two nodes are on the same leaf switches.
    const gpus = [...spec.gpus].sort((a, b) => a.rail - b.rail || a.index - b.index);
    const known = this.numbers.get(spec.node);
    const node = known ?? this.specs.length;
    const milli = new Uint16Array(MAX_GPUS).fill(WHOLE, 0, gpus.length);
    const slices = new Uint8Array(MAX_GPUS);
    let [cpu, memory] = [spec.cpuMilli ?? Infinity, spec.memoryMib ?? Infinity];
    if (known === undefined) {
      this.grow(node);
      this.numbers.set(spec.node, node);
    } else {
      const before = this.specs[node]!.gpus;
      if (this.status[node] !== 'withdrawn') this.capacity -= before.length * WHOLE;
      const bitOf = new Map(gpus.map(({ id }, bit) => [id, bit]));
      for (const [bit, { id }] of before.entries()) {
        const now = bitOf.get(id);
        if (now === undefined) continue;
        milli[now] = this.milli[node * MAX_GPUS + bit]!;
        slices[now] = this.slices[node * MAX_GPUS + bit]!;
      }
      const { cpuMilli = Infinity, memoryMib = Infinity } = this.specs[node]!;
      if (cpuMilli < Infinity) cpu -= cpuMilli - this.cpu[node]!;
      if (memoryMib < Infinity) memory -= memoryMib - this.memory[node]!;
      rename(node, (mask) => {
        let bits = 0;
        for (const [bit, { id }] of before.entries()) {
          if ((mask & (1 << bit)) === 0) continue;
          const now = bitOf.get(id);
          if (now === undefined) throw new RangeError(`${id} of ${spec.node} is held and would be gone`);
          bits |= 1 << now;
        }
        return bits;
      });
      this.poolOf[node]!.remove(node, this.free[node]!);
    }
    this.specs[node] = { ...spec, gpus };
    this.status[node] = 'open';
    this.milli.set(milli, node * MAX_GPUS);
    this.slices.set(slices, node * MAX_GPUS);
    this.cpu[node] = cpu;
    this.memory[node] = memory;
    [this.free[node], this.shared[node], this.sliced[node]] = [0, 0, 0];
    for (const bit of gpus.keys()) this.file(node, bit);
    this.poolOf[node] = this.poolFor(spec, gpus[0]?.model ?? '');
    this.poolOf[node].add(node, this.free[node], this.shared[node], gpus.length);
    this.capacity += gpus.length * WHOLE;
    this.classes.file(node, this.poolOf[node], this.specs[node]);
    this.changes.add(node);
    this.changed(true);
  }

  setStatus(node: number, status: NodeStatus): void {
    if (this.status[node] === status) return;
    const pool = this.poolOf[node]!;
    const milli = this.specs[node]!.gpus.length * WHOLE;
    if (this.status[node] === 'withdrawn') this.capacity += milli;
    if (status === 'withdrawn') this.capacity -= milli;
    if (this.status[node] === 'open') pool.remove(node, this.free[node]!);
    this.status[node] = status;
    if (status === 'open') pool.add(node, this.free[node]!, this.shared[node]!, this.specs[node]!.gpus.length);
    this.changes.add(node);
    this.changed(status === 'open');
  }

  take(claim: Claim, end: number): void {
    const { nodes } = claim;
    for (let i = 0; i < nodes.length; i++) {
      this.move(nodes[i]!, claim.masks[i]!, claim, -1);
      if (end > this.lastEnd[nodes[i]!]!) this.lastEnd[nodes[i]!] = end;
    }
    this.changed(false);
  }

  release(claim: Claim): void {
    const { nodes } = claim;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!;
      this.move(node, claim.masks[i]!, claim, 1);
      if (this.free[node]! >>> 0 === this.fullMask(node)) this.lastEnd[node] = 0;
    }
    this.changed(true);
  }

  fullMask(node: number): number {
    return allBits(this.specs[node]!.gpus.length) >>> 0;
  }

  /** Free thousandths of the node's GPUs together. */
  freeMilli(node: number): number {
    let sum = popcount(this.free[node]!) * WHOLE;
    for (let bits = this.shared[node]! | this.sliced[node]!; bits !== 0; bits &= bits - 1) sum += this.milli[node * MAX_GPUS + lowestBit(bits)]!;
    return sum;
  }

  /** Free thousandths of the GPU. */
  milliOf(node: number, bit: number): number {
    return this.milli[node * MAX_GPUS + bit]!;
  }

  /** Free thousandths of the emptiest of the node's shared GPUs. */
  mostShared(node: number): number {
    let most = 0;
    for (let bits = this.shared[node]!; bits !== 0; bits &= bits - 1) most = Math.max(most, this.milliOf(node, lowestBit(bits)));
    return most;
  }

  /** Whether the node's processors and memory have room for this much more. */
  hasHost(node: number, cpu = 0, memory = 0): boolean {
    return this.cpu[node]! >= cpu && this.memory[node]! >= memory;
  }

  /** What was computed of ends is stale: one has moved. */
  endsMoved(): void {
    this.version += 1;
  }

  private changed(freed: boolean): void {
    this.version += 1;
    if (freed) this.freed += 1;
  }

  /** @param sign −1 takes, 1 gives back @throws RangeError, having changed nothing of that GPU, for more than there is */
  private move(node: number, mask: number, { milli, cpu = 0, memory = 0, slices = 0 }: Claim, sign: 1 | -1): void {
    const before = this.free[node]!;
    for (let bits = mask; bits !== 0; bits &= bits - 1) {
      const bit = lowestBit(bits);
      const gpu = node * MAX_GPUS + bit;
      const left = this.milli[gpu]! + sign * milli;
      if (left < 0 || left > WHOLE) throw new RangeError(`${this.specs[node]!.node} GPU ${bit}: ${left} thousandths free`);
      if (slices !== 0) this.moveSlices(node, bit, slices, sign);
      this.milli[gpu] = left;
      this.file(node, bit);
    }
    this.cpu[node]! += sign * cpu;
    this.memory[node]! += sign * memory;
    this.changes.add(node);
    if (this.status[node] === 'open') this.poolOf[node]!.changed(node, before, this.free[node]!, this.shared[node]!);
  }

  private moveSlices(node: number, bit: number, slices: number, sign: 1 | -1): void {
    const gpu = node * MAX_GPUS + bit;
    const taken = this.slices[gpu]!;
    const held = (taken & slices) === slices;
    if (sign < 0 ? (taken & slices) !== 0 : !held) throw new RangeError(`${this.specs[node]!.node} GPU ${bit}: slices ${slices} of ${taken}`);
    this.slices[gpu] = taken ^ slices;
  }

  /** Puts the GPU where it belongs: wholly free, shared in part, cut into instances, or none of these when it is full. */
  private file(node: number, bit: number): void {
    const gpu = node * MAX_GPUS + bit;
    const left = this.milli[gpu]!;
    const taken = this.slices[gpu]!;
    const own = 1 << bit;
    this.free[node] = put(this.free[node]!, own, left === WHOLE);
    this.shared[node] = put(this.shared[node]!, own, left > 0 && left < WHOLE && taken === 0);
    this.sliced[node] = put(this.sliced[node]!, own, taken !== 0 && freeSlices(taken) > 0);
  }

  /** The pool that such a node is in; a new one when it is the first of its kind. */
  poolFor({ site, country, jurisdiction, certifications }: SiteFacts, model: string): Pool {
    const facts = { site, country, jurisdiction, certifications: [...certifications].sort() };
    const key = JSON.stringify([facts, model]);
    const found = this.pools.find((pool) => pool.key === key);
    if (found) return found;
    const pool = new Pool(key, this.pools.length, facts, model);
    this.pools.push(pool);
    return pool;
  }

  private grow(node: number): void {
    if (node < this.free.length) return;
    const size = this.free.length * 2;
    const copy = <A extends Uint32Array | Uint16Array | Uint8Array | Float64Array>(to: A, from: A): A => (to.set(from), to);
    this.free = copy(new Uint32Array(size), this.free);
    this.shared = copy(new Uint32Array(size), this.shared);
    this.sliced = copy(new Uint32Array(size), this.sliced);
    this.slices = copy(new Uint8Array(size * MAX_GPUS), this.slices);
    this.cpu = copy(new Float64Array(size), this.cpu);
    this.memory = copy(new Float64Array(size), this.memory);
    this.milli = copy(new Uint16Array(size * MAX_GPUS), this.milli);
    this.lastEnd = copy(new Float64Array(size), this.lastEnd);
  }
}
