/** What is free on each node, for the reference policies. */
import type { TraceNode } from './nodes.js';
import type { PodType } from './pods.js';
import type { Spot } from './policy.js';

export class Ledger {
  readonly cpu: Float64Array;
  readonly memory: Float64Array;
  /** Per node: free thousandths of each GPU. */
  readonly gpus: Int32Array[];
  /** Per node: how often it has changed. */
  readonly version: Int32Array;
  /** Nodes in the order they changed. */
  readonly changes: number[] = [];

  constructor(readonly nodes: readonly TraceNode[]) {
    this.cpu = Float64Array.from(nodes, ({ cpuMilli }) => cpuMilli);
    this.memory = Float64Array.from(nodes, ({ memoryMib }) => memoryMib);
    this.gpus = nodes.map(({ gpus }) => new Int32Array(gpus).fill(1000));
    this.version = new Int32Array(nodes.length);
  }

  fits(node: number, type: PodType): boolean {
    if (this.cpu[node]! < type.cpuMilli || this.memory[node]! < type.memoryMib) return false;
    if (type.gpus === 0) return true;
    if (type.models.length > 0 && !type.models.includes(this.nodes[node]!.model)) return false;
    let enough = 0;
    for (const free of this.gpus[node]!) if (free >= type.gpuMilli) enough += 1;
    return enough >= type.gpus;
  }

  take(spot: Spot, type: PodType): void {
    this.post(spot, type, -1);
  }

  give(spot: Spot, type: PodType): void {
    this.post(spot, type, 1);
  }

  /** The GPUs that a pod takes: of a shared one the least that suffices, whole ones from the first. */
  leastSufficient(node: number, { gpus, gpuMilli }: PodType): number[] {
    const free = this.gpus[node]!;
    const enough = [...free.keys()].filter((gpu) => free[gpu]! >= gpuMilli);
    return (gpuMilli < 1000 ? enough.sort((a, b) => free[a]! - free[b]! || a - b) : enough).slice(0, gpus);
  }

  private post({ node, gpus }: Spot, type: PodType, sign: number): void {
    this.cpu[node]! += sign * type.cpuMilli;
    this.memory[node]! += sign * type.memoryMib;
    for (const gpu of gpus) this.gpus[node]![gpu]! += sign * type.gpuMilli;
    this.version[node]! += 1;
    this.changes.push(node);
  }
}
