/** Sets as bits: the GPUs of a node in one 32-bit word, the nodes of a cluster in many. */

/** How many bits are set (Hacker's Delight, 5-1). */
export function popcount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return (((x + (x >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** Place of the lowest set bit; 32 when there is none. */
export const lowestBit = (word: number): number => (word === 0 ? 32 : 31 - Math.clz32(word & -word));

/** The `count` lowest set bits of the word, or all when it has fewer. */
export function lowestBits(word: number, count: number): number {
  let left = word;
  for (let i = 0; i < count; i++) left &= left - 1;
  return word ^ left;
}

export const allBits = (count: number): number => (count >= 32 ? -1 : (1 << count) - 1);

/** Nodes by number, walked from the lowest. */
export class NodeSet {
  private words = new Uint32Array(4);

  add(node: number): void {
    const word = node >>> 5;
    if (word >= this.words.length) {
      const grown = new Uint32Array(Math.max(word + 1, this.words.length * 2));
      grown.set(this.words);
      this.words = grown;
    }
    this.words[word]! |= 1 << (node & 31);
  }

  delete(node: number): void {
    const word = node >>> 5;
    if (word < this.words.length) this.words[word]! &= ~(1 << (node & 31));
  }

  /** The first node at or after `from`; −1 when there is none. */
  next(from: number): number {
    let word = from >>> 5;
    if (word >= this.words.length) return -1;
    let bits = this.words[word]! & (-1 << (from & 31));
    while (bits === 0) {
      if (++word >= this.words.length) return -1;
      bits = this.words[word]!;
    }
    return (word << 5) + lowestBit(bits);
  }
}
