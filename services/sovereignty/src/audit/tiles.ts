/** Where the nodes of the tree stand in tiles of 256 hashes (C2SP tlog-tiles: https://c2sp.org/tlog-tiles). */
import type { NewNodes } from './frontier.js';
import { HASH_BYTES, parents, type NodeAt } from './merkle.js';

const TILE_HEIGHT = 8;
export const TILE_WIDTH = 256;

/** A run of hashes of one tile. */
export interface TileSlice {
  readonly level: number;
  readonly index: number;
  /** Place of the first hash in the tile. */
  readonly from: number;
  readonly hashes: Buffer;
}

/** The new hashes that tiles keep (every eighth level), cut where a tile is full. */
export function slicesOf(nodes: readonly NewNodes[]): TileSlice[] {
  return nodes
    .filter(({ level }) => level % TILE_HEIGHT === 0)
    .flatMap(({ level, start, hashes }) => {
      const slices: TileSlice[] = [];
      const end = start + hashes.length / HASH_BYTES;
      for (let at = start; at < end; ) {
        const index = Math.floor(at / TILE_WIDTH);
        const until = Math.min(end, (index + 1) * TILE_WIDTH);
        slices.push({ level: level / TILE_HEIGHT, index, from: at % TILE_WIDTH, hashes: hashes.subarray((at - start) * HASH_BYTES, (until - start) * HASH_BYTES) });
        at = until;
      }
      return slices;
    });
}

/** Where the hashes stand that a node follows from: `count` of them from `from` on in one tile. */
export function placeOf({ level, index }: NodeAt): { level: number; index: number; from: number; count: number } {
  const count = 2 ** (level % TILE_HEIGHT);
  const first = index * count;
  return { level: Math.floor(level / TILE_HEIGHT), index: Math.floor(first / TILE_WIDTH), from: first % TILE_WIDTH, count };
}

/** Root over a power of two of hashes that stand one after the other. */
export const foldTile = (hashes: Buffer): Buffer => (hashes.length <= HASH_BYTES ? hashes : foldTile(parents(hashes)));

/** The end of a tile's address: `067`, `x001/067`, `067.p/12`. @returns nothing when it is none */
export function parseTilePath(path: string): { index: number; width: number } | undefined {
  const [, digits, width = String(TILE_WIDTH)] = /^((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path) ?? [];
  if (digits === undefined || Number(width) > TILE_WIDTH) return undefined;
  return { index: Number(digits.replaceAll(/[x/]/g, '')), width: Number(width) };
}
