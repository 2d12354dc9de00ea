import { NodeSet, popcount } from './bits.js';
import type { SiteFacts } from './types.js';

/**
 * Nodes of one site that are alike for rules and for gangs: same facts, same GPU model. A gang stays in one pool.
 * Open nodes are kept in buckets by how many whole GPUs are free.
 */
export class Pool {
  readonly members = new NodeSet();
  readonly buckets = Array.from({ length: 33 }, () => new NodeSet());
  readonly counts = new Int32Array(33);
  /** Nodes with a GPU that is in part free. */
  readonly sharing = new NodeSet();
  /** GPUs of its largest node so far. */
  largest = 0;

  constructor(
    readonly key: string,
    readonly number: number,
    readonly facts: SiteFacts,
    readonly model: string,
  ) {}

  add(node: number, free: number, shared: number, gpus: number): void {
    this.members.add(node);
    this.put(node, popcount(free));
    if (shared !== 0) this.sharing.add(node);
    if (gpus > this.largest) this.largest = gpus;
  }

  /** Takes the node out of what may be placed on. Harmless when it is out already. */
  remove(node: number, free: number): void {
    const bucket = this.buckets[popcount(free)]!;
    if (bucket.next(node) === node) {
      bucket.delete(node);
      this.counts[popcount(free)]! -= 1;
    }
    this.members.delete(node);
    this.sharing.delete(node);
  }

  changed(node: number, before: number, free: number, shared: number): void {
    const from = popcount(before);
    const to = popcount(free);
    if (from !== to) {
      this.buckets[from]!.delete(node);
      this.counts[from]! -= 1;
      this.put(node, to);
    }
    if (shared === 0) this.sharing.delete(node);
    else this.sharing.add(node);
  }

  /** Its open nodes, the first admitted first. Where each is looked at on a hot path, walk `members` instead. */
  nodes(): number[] {
    const nodes: number[] = [];
    for (let n = this.members.next(0); n >= 0; n = this.members.next(n + 1)) nodes.push(n);
    return nodes;
  }

  /** Open nodes with at least so many whole GPUs free. */
  nodesWith(gpus: number): number {
    let nodes = 0;
    for (let f = gpus; f <= this.largest; f++) nodes += this.counts[f]!;
    return nodes;
  }

  private put(node: number, free: number): void {
    this.buckets[free]!.add(node);
    this.counts[free]! += 1;
  }
}
