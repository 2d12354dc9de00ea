/** Nodes in the order they changed, as far back as followers may want to know. */
const KEPT = 1 << 13; // a power of two

export class Changes {
  /** Changes so far. */
  count = 0;
  private readonly log = new Int32Array(KEPT);
  /** Per node: the number of its last change, from 1 on; 0 before the first. */
  private last = new Float64Array(64);

  add(node: number): void {
    if (node >= this.last.length) {
      const grown = new Float64Array(Math.max(node + 1, this.last.length * 2));
      grown.set(this.last);
      this.last = grown;
    }
    this.log[this.count & (KEPT - 1)] = node;
    this.last[node] = ++this.count;
  }

  /** Whether all changes after the first `from` are still known; else everything has to be looked at. */
  knows(from: number): boolean {
    return this.count - from <= KEPT;
  }

  /** The node of a change (numbered from 0) where it has not changed again since; else −1. */
  at(change: number): number {
    const node = this.log[change & (KEPT - 1)]!;
    return this.last[node] === change + 1 ? node : -1;
  }
}
