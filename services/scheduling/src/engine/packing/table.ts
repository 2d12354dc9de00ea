/**
 * The scores of all nodes for one kind, and where the best is: a tournament of blocks of nodes of one class. Only nodes
 * that have changed since the kind was last asked for are scored again; prices come off at the blocks.
 */
import type { Cluster } from '../cluster.js';
import type { Kind } from './demand.js';
import { NONE } from './gains.js';
import { BLOCK, serves } from './node-classes.js';
import type { Scorer } from './score.js';

export class Table {
  /** Per place. */
  scores = new Int32Array(0);
  /** Per block: what one of the kind pays there, in parts of `GPU` (`value.ts`). */
  prices = new Int32Array(0);
  /** Per block: no score of it is higher; exact unless `stale`. */
  private tops = new Int32Array(0);
  private stale = new Uint8Array(0);
  private scorer: Scorer | undefined;
  private seen = -1;
  private places = -1;

  constructor(readonly kind: Kind) {}

  /** Scores what has changed; everything with another scorer or when nodes have other places. */
  follow(cluster: Cluster, scorer: Scorer): void {
    const { classes, changes } = cluster;
    if (this.scorer !== scorer || this.places !== classes.version || !changes.knows(this.seen)) this.rebuild(cluster, scorer);
    else {
      const { placeOf } = classes;
      for (let change = this.seen; change < changes.count; change++) {
        const node = changes.at(change);
        if (node >= 0) this.put(placeOf[node]!, scorer.of(node));
      }
    }
    this.seen = changes.count;
  }

  /** The highest score of the block where it is `than` or more; else something below that. */
  topOf(block: number, than: number): number {
    const top = this.tops[block]!;
    if (top < than || this.stale[block] === 0) return top;
    let highest = NONE;
    for (let place = block * BLOCK, end = place + BLOCK; place < end; place++) {
      const score = this.scores[place]!;
      if (score > highest) highest = score;
    }
    this.tops[block] = highest;
    this.stale[block] = 0;
    return highest;
  }

  private put(place: number, score: number): void {
    const before = this.scores[place]!;
    if (score === before) return;
    this.scores[place] = score;
    const block = (place / BLOCK) | 0;
    const top = this.tops[block]!;
    if (score >= top) {
      this.tops[block] = score;
      this.stale[block] = 0;
    } else if (before === top) this.stale[block] = 1;
  }

  private rebuild({ classes: { nodeAt, classOfBlock, all, version } }: Cluster, scorer: Scorer): void {
    if (this.scores.length !== nodeAt.length) {
      this.scores = new Int32Array(nodeAt.length);
      this.tops = new Int32Array(classOfBlock.length);
      this.stale = new Uint8Array(classOfBlock.length);
    }
    for (let block = 0; block < this.tops.length; block++) {
      let top = NONE;
      const fits = serves(all[classOfBlock[block]!]!, this.kind);
      for (let place = block * BLOCK, end = place + BLOCK; place < end; place++) {
        const node = nodeAt[place]!;
        const found = fits && node >= 0 ? scorer.of(node) : NONE;
        this.scores[place] = found;
        if (found > top) top = found;
      }
      this.tops[block] = top;
    }
    this.stale.fill(0);
    this.scorer = scorer;
    this.places = version;
  }
}
