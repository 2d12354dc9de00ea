/** What scores are made of, per node, kept until the node changes. */
import { lowestBit, popcount } from '../bits.js';
import type { Cluster } from '../cluster.js';
import { MAX_GPUS, WHOLE } from '../units.js';

/** A node that is not open has no room: less than none. */
export const CLOSED = -1;

export class View {
  /** Free milli-GPUs; those of GPUs that are cut into MIG instances do not count. `CLOSED` where nothing may be placed. */
  rooms = new Int32Array(0);
  /** Wholly free GPUs. */
  wholes = new Int32Array(0);
  private seen = -1;

  /** Looks at the nodes that have changed. */
  follow(cluster: Cluster): void {
    const { changes, specs } = cluster;
    if (this.seen === changes.count) return;
    if (this.rooms.length < specs.length || !changes.knows(this.seen)) {
      if (this.rooms.length < specs.length) [this.rooms, this.wholes] = [new Int32Array(specs.length * 2), new Int32Array(specs.length * 2)];
      for (let node = 0; node < specs.length; node++) this.look(cluster, node);
    } else
      for (let change = this.seen; change < changes.count; change++) {
        const node = changes.at(change);
        if (node >= 0) this.look(cluster, node);
      }
    this.seen = changes.count;
  }

  private look({ free, shared, milli, status }: Cluster, node: number): void {
    const whole = popcount(free[node]!);
    let room = whole * WHOLE;
    for (let bits = shared[node]!; bits !== 0; bits &= bits - 1) room += milli[node * MAX_GPUS + lowestBit(bits)]!;
    this.rooms[node] = status[node] === 'open' ? room : CLOSED;
    this.wholes[node] = whole;
  }
}
