/** What a node's GPUs lose in value when a share of this size is taken from the best of them. */
import { lowestBit } from '../bits.js';
import type { Cluster } from '../cluster.js';
import { MAX_GPUS, WHOLE } from '../units.js';
import type { Value } from './value.js';

/** No GPU of the node has room, or the node is not open. */
export const NONE = -0x8000_0000;

/**
 * The GPU that loses least; ties: the one with the least room, the lowest.
 * @param gpus which of the node's GPUs may be taken
 */
export function bestGpu(cluster: Cluster, node: number, milli: number, value: Value, gpus: number): number {
  let [best, loss, room] = [-1, Infinity, Infinity];
  for (let bits = gpus; bits !== 0; bits &= bits - 1) {
    const bit = lowestBit(bits);
    const left = cluster.milli[node * MAX_GPUS + bit]!;
    if (left < milli) continue;
    const lost = value[left]! - value[left - milli]!;
    if (lost < loss || (lost === loss && left < room)) [best, loss, room] = [bit, lost, left];
  }
  return best;
}

/** The losses of every node for one size, kept until the node changes. Zero or less; `NONE` where it has no room. */
export class Gains {
  private of = new Int32Array(0);
  private seen = -1;
  private value: Value | undefined;

  constructor(private readonly milli: number) {}

  /** Looks at the nodes that have changed. @returns per node */
  follow(cluster: Cluster, value: Value): Int32Array {
    const { changes } = cluster;
    if (this.seen === changes.count && this.value === value) return this.of;
    const nodes = cluster.specs.length;
    if (this.of.length < nodes || this.value !== value || !changes.knows(this.seen)) {
      if (this.of.length < nodes) this.of = new Int32Array(nodes * 2);
      for (let node = 0; node < nodes; node++) this.of[node] = this.gain(cluster, node, value);
    } else
      for (let change = this.seen; change < changes.count; change++) {
        const node = changes.at(change);
        if (node >= 0) this.of[node] = this.gain(cluster, node, value);
      }
    this.value = value;
    this.seen = changes.count;
    return this.of;
  }

  private gain(cluster: Cluster, node: number, value: Value): number {
    const { milli } = this;
    let best = NONE;
    if (cluster.free[node] !== 0) best = value[WHOLE - milli]! - value[WHOLE]!;
    for (let bits = cluster.shared[node]!; bits !== 0; bits &= bits - 1) {
      const left = cluster.milli[node * MAX_GPUS + 31 - Math.clz32(bits & -bits)]!;
      if (left < milli) continue;
      const gain = value[left - milli]! - value[left]!;
      if (gain > best) best = gain;
    }
    return best;
  }
}
