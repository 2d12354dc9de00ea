/** When the GPUs of a pool's nodes come free, as jobs are laid on them one after the other. */
import { lowestBit } from './bits.js';
import type { Kept } from './kept.js';
import { MinTree } from './min-tree.js';
import type { Pool } from './pool.js';
import type { Reservation } from './reservation.js';
import type { EngineState } from './state.js';
import type { JobAsk } from './types.js';
import { MAX_GPUS, WHOLE } from './units.js';

/** Room on a GPU that is shared already, and from when. */
interface OpenShare {
  left: number;
  readonly atMs: number;
}

/** GPUs that a job could have, and from when. */
export interface Place {
  readonly timeline: Timeline;
  readonly startMs: number;
  readonly nodes: readonly number[];
  readonly share?: OpenShare | undefined;
}

const SHARE_BIN = 100;

/**
 * Nothing is laid into the holes before what is on a node already. So per node one row of times says it all, soonest
 * first: the g-th is when g GPUs are free. A tree per g finds the node where that is soonest.
 */
export class Timeline {
  private readonly nodes: number[] = [];
  private readonly indexOf = new Map<number, number>();
  private readonly rows: Float64Array;
  private readonly width: number;
  private readonly trees: (MinTree | undefined)[] = [];
  private readonly units = new Map<number, number[]>();
  /** Shared GPUs by the tenths of them that are free. */
  private readonly shares: OpenShare[][] = Array.from({ length: WHOLE / SHARE_BIN + 1 }, () => []);

  constructor(
    { cluster, running }: EngineState,
    pool: Pool,
    private readonly kept: Kept,
    nowMs: number,
  ) {
    for (let n = pool.members.next(0); n >= 0; n = pool.members.next(n + 1)) {
      this.indexOf.set(n, this.nodes.length);
      const unit = this.units.get(cluster.specs[n]!.scalableUnit);
      if (unit) unit.push(this.nodes.length);
      else this.units.set(cluster.specs[n]!.scalableUnit, [this.nodes.length]);
      this.nodes.push(n);
    }
    this.width = pool.largest;
    this.rows = new Float64Array(this.nodes.length * this.width).fill(Infinity);
    for (const [i, node] of this.nodes.entries()) {
      const ends = running.endsOn(node);
      const free = cluster.specs[node]!.gpus.length - ends.length;
      this.rows.fill(nowMs, i * this.width, i * this.width + free);
      for (const [k, end] of ends.entries()) this.rows[i * this.width + free + k] = Math.max(end, nowMs);
      for (let bits = cluster.shared[node]! | cluster.sliced[node]!; bits !== 0; bits &= bits - 1) this.open({ left: cluster.milli[node * MAX_GPUS + lowestBit(bits)]!, atMs: nowMs });
    }
  }

  /** @returns undefined when the pool is too small */
  earliest(ask: JobAsk, limitMs: number, fromMs: number): Place | undefined {
    if (ask.gpusPerNode === 0) return { timeline: this, startMs: fromMs, nodes: [] };
    const share = ask.gpuMilli < WHOLE ? this.shareWith(ask.gpuMilli) : undefined;
    if (share) return { timeline: this, startMs: Math.max(fromMs, share.atMs), nodes: [], share };
    if (ask.gpusPerNode > this.width || ask.nodes > this.nodes.length) return undefined;
    if (ask.nodes > 1 && ask.topology?.required === 'unit') return this.inOneUnit(ask, fromMs);
    return this.soonest(ask, limitMs, fromMs);
  }

  occupy({ gpusPerNode, gpuMilli }: JobAsk, { nodes, share, startMs }: Place, endMs: number): void {
    if (share) {
      this.open({ left: share.left - gpuMilli, atMs: share.atMs });
      const bin = this.shares[Math.floor(share.left / SHARE_BIN)]!;
      bin.splice(bin.indexOf(share), 1);
      return;
    }
    for (const i of nodes) this.fill(i, gpusPerNode, endMs);
    if (gpuMilli < WHOLE && nodes.length > 0) this.open({ left: WHOLE - gpuMilli, atMs: startMs });
  }

  /** The nodes that are reserved for a job. */
  reserved({ nodes, startMs, bit }: Reservation): Place {
    return { timeline: this, startMs, nodes: bit === undefined ? nodes.flatMap((node) => this.indexOf.get(node) ?? []) : [] };
  }

  /** The nodes where so many GPUs are free soonest; not those that are then kept for somebody else. */
  private soonest({ nodes: count, gpusPerNode, tenant }: JobAsk, limitMs: number, fromMs: number): Place | undefined {
    const tree = this.treeOf(gpusPerNode);
    if (count === 1 && this.kept.empty) return tree.least === Infinity ? undefined : { timeline: this, startMs: Math.max(fromMs, tree.least), nodes: [tree.first()] };
    const nodes: number[] = [];
    const passed: number[] = [];
    let startMs = fromMs;
    while (nodes.length < count && tree.least < Infinity) {
      const i = tree.first();
      const atMs = Math.max(startMs, tree.least);
      tree.set(i, Infinity);
      if (this.kept.keeps(this.nodes[i]!, tenant, atMs, atMs + limitMs)) passed.push(i);
      else {
        nodes.push(i);
        startMs = atMs;
      }
    }
    for (const i of [...nodes, ...passed]) tree.set(i, this.timeOf(i, gpusPerNode));
    // Too few are open to it: then it waits for the kept ones.
    for (const i of passed) {
      if (nodes.length === count) break;
      const atMs = Math.max(startMs, this.timeOf(i, gpusPerNode));
      startMs = this.kept.openFrom(this.nodes[i]!, tenant, atMs, atMs + limitMs);
      nodes.push(i);
    }
    return nodes.length === count ? { timeline: this, startMs, nodes } : undefined;
  }

  private inOneUnit({ nodes: count, gpusPerNode }: JobAsk, fromMs: number): Place | undefined {
    let best: Place | undefined;
    for (const unit of this.units.values()) {
      if (unit.length < count) continue;
      const nodes = unit.toSorted((a, b) => this.timeOf(a, gpusPerNode) - this.timeOf(b, gpusPerNode) || a - b).slice(0, count);
      const startMs = Math.max(fromMs, this.timeOf(nodes.at(-1)!, gpusPerNode));
      if (startMs < (best?.startMs ?? Infinity)) best = { timeline: this, startMs, nodes };
    }
    return best;
  }

  /** The soonest GPUs of the node are busy until then. */
  private fill(i: number, gpus: number, endMs: number): void {
    const { rows, width } = this;
    const from = i * width;
    let k = gpus;
    while (k < width && rows[from + k]! < endMs) {
      rows[from + k - gpus] = rows[from + k]!;
      k++;
    }
    for (let j = k - gpus; j < k; j++) rows[from + j] = endMs;
    for (let g = 1; g < this.trees.length; g++) this.trees[g]?.set(i, rows[from + g - 1]!);
  }

  private timeOf(i: number, gpus: number): number {
    return this.rows[i * this.width + gpus - 1]!;
  }

  private treeOf(gpus: number): MinTree {
    return (this.trees[gpus] ??= new MinTree(Float64Array.from(this.nodes, (_, i) => this.timeOf(i, gpus))));
  }

  private open(share: OpenShare): void {
    if (share.left > 0) this.shares[Math.floor(share.left / SHARE_BIN)]!.push(share);
  }

  /** The share opened last of those with about the least room that suffices. */
  private shareWith(milli: number): OpenShare | undefined {
    for (let bin = Math.floor(milli / SHARE_BIN); bin < this.shares.length; bin++) {
      const share = this.shares[bin]!.at(-1);
      if (share && share.left >= milli) return share;
    }
    return undefined;
  }
}
