import { append, EMPTY, rootOf } from './frontier.js';
import { HASH_BYTES } from './merkle.js';
import { TILE_WIDTH } from './tiles.js';
import type { AuditTree } from './tree-store.js';

/** Tiles read at once: half a megabyte. */
const TILES = 64;

/**
 * The roots that the tree has had at these sizes, recomputed from the hashes of its leaves alone; none of the nodes
 * that stand in the database is used.
 * @param sizes ascending
 * @returns the roots, shorter than `sizes` when leaves are missing
 */
export async function recompute(tree: Pick<AuditTree, 'leafTiles'>, sizes: readonly number[]): Promise<Buffer[]> {
  const roots: Buffer[] = [];
  let frontier = EMPTY;
  let hashes: Buffer = Buffer.alloc(0);
  for (const size of sizes) {
    while (frontier.size < size) {
      if (hashes.length === 0) hashes = await tree.leafTiles(frontier.size / TILE_WIDTH, TILES);
      if (hashes.length === 0) return roots;
      const taken = Math.min(hashes.length, (size - frontier.size) * HASH_BYTES);
      ({ frontier } = append(frontier, hashes.subarray(0, taken)));
      hashes = hashes.subarray(taken);
    }
    roots.push(rootOf(frontier));
  }
  return roots;
}
