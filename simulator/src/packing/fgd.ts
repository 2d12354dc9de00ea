/** Fragmentation gradient descent as published: the node whose fragments grow least. */
import { Fragments } from './fragments.js';
import { Ledger } from './ledger.js';
import type { TraceNode } from './nodes.js';
import type { PodType, Pods } from './pods.js';
import { DROPPED, type Decision, type Policy } from './policy.js';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * Score int(100 · sigmoid((fragments before − after) / 1000)); ties: the smallest name. A share goes to the GPU of the
 * node with the highest score, the first of equals; whole GPUs are taken from the first. Scores of a type are kept
 * until their node changes.
 */
export class Fgd implements Policy {
  private readonly ledger: Ledger;
  private readonly before: Float64Array;
  private readonly scores: (Int8Array | undefined)[] = [];
  private readonly seen: number[] = [];
  private fragments: Fragments;

  constructor(nodes: readonly TraceNode[], private readonly types: readonly PodType[], known: Pods) {
    this.ledger = new Ledger(nodes);
    this.fragments = new Fragments(known);
    this.before = Float64Array.from(nodes, (_, node) => this.fragmentsOf(node, this.ledger.gpus[node]!, 0));
  }

  place(_: number, number: number): Decision {
    const { ledger, types } = this;
    const type = types[number]!;
    const scores = this.rescored(number);
    let best = -1;
    for (let node = 0; node < scores.length; node++) if (scores[node]! >= 0 && (best < 0 || scores[node]! > scores[best]!)) best = node;
    if (best < 0) return DROPPED;
    const spot = { node: best, gpus: this.gpusOn(best, type) };
    ledger.take(spot, type);
    this.before[best] = this.fragmentsOf(best, ledger.gpus[best]!, 0);
    return { spot };
  }

  /** Scores of the type on every node, −1 where it does not fit. */
  private rescored(number: number): Int8Array {
    const { ledger } = this;
    const known = this.scores[number];
    const scores = known ?? new Int8Array(ledger.nodes.length);
    const stale = known ? new Set(ledger.changes.slice(this.seen[number])) : ledger.nodes.keys();
    for (const node of stale) scores[node] = ledger.fits(node, this.types[number]!) ? this.score(node, this.types[number]!, this.gpusOn(node, this.types[number]!)) : -1;
    this.scores[number] = scores;
    this.seen[number] = ledger.changes.length;
    return scores;
  }

  private score(node: number, type: PodType, gpus: readonly number[]): number {
    const after = this.ledger.gpus[node]!.slice();
    for (const gpu of gpus) after[gpu]! -= type.gpuMilli;
    return Math.trunc(100 * sigmoid((this.before[node]! - this.fragmentsOf(node, after, type.cpuMilli)) / 1000));
  }

  private gpusOn(node: number, type: PodType): readonly number[] {
    const free = this.ledger.gpus[node]!;
    if (type.gpuMilli === 0 || type.gpuMilli === 1000) return this.ledger.leastSufficient(node, type);
    let [best, highest] = [-1, -1];
    for (let gpu = 0; gpu < free.length; gpu++) {
      if (free[gpu]! < type.gpuMilli || free.indexOf(free[gpu]!) < gpu) continue;
      const score = this.score(node, type, [gpu]);
      if (score > highest) [best, highest] = [gpu, score];
    }
    return [best];
  }

  private fragmentsOf(node: number, gpus: Int32Array, cpuTaken: number): number {
    return this.fragments.of(this.ledger.cpu[node]! - cpuTaken, gpus, this.ledger.nodes[node]!.model);
  }
}
