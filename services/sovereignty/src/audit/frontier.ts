import { HASH_BYTES, nodesOf, parents, spanRoot } from './merkle.js';

/** New nodes of one level: `hashes` one after the other, the first of them at `start`. */
export interface NewNodes {
  readonly level: number;
  readonly start: number;
  readonly hashes: Buffer;
}

/** What must be known of a tree to append to it: its size, and the roots of its complete subtrees, greatest first. */
export interface Frontier {
  readonly size: number;
  readonly roots: readonly Buffer[];
}

export const EMPTY: Frontier = { size: 0, roots: [] };

export const rootOf = ({ roots }: Frontier): Buffer => spanRoot(roots);

/**
 * Appends leaves: level by level, one hash for each new complete subtree.
 * @param leaves leaf hashes, one after the other
 * @returns the tree after it, and every node that is new, level 0 first
 */
export function append(frontier: Frontier, leaves: Buffer): { frontier: Frontier; nodes: NewNodes[] } {
  const size = frontier.size + leaves.length / HASH_BYTES;
  const left = new Map(nodesOf({ begin: 0, end: frontier.size }).map(({ level }, i) => [level, frontier.roots[i]]));
  const nodes: NewNodes[] = [];
  const open = new Map(left);
  let [level, start, hashes] = [0, frontier.size, leaves];
  while (hashes.length > 0) {
    nodes.push({ level, start, hashes });
    // An odd start is a right child: its sibling is the frontier's root of this level.
    const sibling = start % 2 === 1 ? left.get(level) : undefined;
    const row = sibling ? Buffer.concat([sibling, hashes]) : hashes;
    open.set(level, row.length % (2 * HASH_BYTES) === 0 ? undefined : row.subarray(row.length - HASH_BYTES));
    [level, start, hashes] = [level + 1, Math.floor(start / 2), parents(row)];
  }
  const roots = nodesOf({ begin: 0, end: size }).map(({ level }) => open.get(level) ?? missing(level));
  return { frontier: { size, roots }, nodes };
}

const missing = (level: number): never => {
  throw new RangeError(`the frontier lacks its root of level ${level}`);
};
