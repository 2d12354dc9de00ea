import type { Ask, Share } from './policy.js';
import type { ClusterShape } from './cluster.js';

/** The nodes of a reference policy: which GPUs are free, and until when by their limits the others are held. */
export class Floor {
  readonly free: number[][];
  readonly up: boolean[];
  /** Per node: what runs there, its GPUs and its end by limit. */
  readonly running: { readonly id: number; readonly gpus: number; readonly endMs: number }[][];
  private readonly held = new Map<number, readonly Share[]>();

  constructor({ nodes, gpusPerNode }: ClusterShape) {
    this.free = Array.from({ length: nodes }, () => Array.from({ length: gpusPerNode }, (_, gpu) => gpu));
    this.up = Array.from({ length: nodes }, () => true);
    this.running = Array.from({ length: nodes }, () => []);
  }

  /** The nodes with the fewest GPUs left, of those that may be used; ties: the lower number. */
  place({ id, nodes: count, gpusPerNode, limitMs }: Ask, nowMs: number, may: (node: number) => boolean): Share[] | undefined {
    const fitting = this.free.flatMap((gpus, node) => (this.up[node] && gpus.length >= gpusPerNode && may(node) ? [node] : []));
    if (fitting.length < count) return undefined;
    fitting.sort((a, b) => this.free[a]!.length - this.free[b]!.length || a - b);
    const shares = fitting.slice(0, count).map((node) => ({ node, gpus: this.free[node]!.splice(0, gpusPerNode) }));
    for (const { node, gpus } of shares) this.running[node]!.push({ id, gpus: gpus.length, endMs: nowMs + limitMs });
    this.held.set(id, shares);
    return shares;
  }

  release(id: number): void {
    for (const { node, gpus } of this.held.get(id) ?? []) {
      this.free[node]!.push(...gpus);
      this.running[node] = this.running[node]!.filter((job) => job.id !== id);
    }
    this.held.delete(id);
  }
}
