/** Proofs as they leave the house: JSON for the API, and C2SP tlog-proof files (https://c2sp.org/tlog-proof). */
import { Sha256Base64 } from '@pioche/contracts';
import { z } from 'zod';
import { openCheckpoint } from './checkpoint.js';
import { HASH_BYTES, leafHash } from './merkle.js';
import { NoteError, type NoteKey } from './note.js';
import { verifyConsistency, verifyInclusion } from './verify.js';

const Size = z.int().nonnegative();

/** That a leaf is in the tree of a checkpoint. */
export const InclusionProof = z.object({
  index: z.int().nonnegative().meta({ description: 'Place of the leaf, from 0.' }),
  size: Size.meta({ description: 'Leaves of the tree.' }),
  leaf_hash: Sha256Base64.meta({ description: 'SHA-256 of 0x00 and the event as it was published, byte for byte.' }),
  path: z.array(Sha256Base64).meta({ description: "The leaf's sibling first (RFC 9162, 2.1.3)." }),
  root: Sha256Base64,
  checkpoint: z.string().meta({ description: 'Signed checkpoint of this size and root.' }),
});
export type InclusionProof = z.infer<typeof InclusionProof>;

/** That the tree of the second size begins with the tree of the first: nothing was changed or removed. */
export const ConsistencyProof = z.object({
  first: Size,
  second: Size,
  first_root: Sha256Base64,
  second_root: Sha256Base64,
  path: z.array(Sha256Base64).meta({ description: 'RFC 9162, 2.1.4.' }),
});
export type ConsistencyProof = z.infer<typeof ConsistencyProof>;

export const encode = (hash: Uint8Array): string => Buffer.from(hash).toString('base64');
export const decode = (hash: string): Buffer => Buffer.from(hash, 'base64');

/** Whether a `ConsistencyProof` holds. */
export const consistent = ({ first, second, first_root, second_root, path }: ConsistencyProof): boolean =>
  verifyConsistency(first, second, decode(first_root), decode(second_root), path.map(decode));

const HEADER = 'c2sp.org/tlog-proof@v1';

/** The file, `.tlog-proof`. */
export const tlogProofText = ({ index, path, checkpoint }: Pick<InclusionProof, 'index' | 'path' | 'checkpoint'>): string =>
  [HEADER, `index ${index}`, ...path, '', checkpoint].join('\n');

/** @throws NoteError when it is no such file; its checkpoint is not verified yet */
export function parseTlogProof(text: string): Pick<InclusionProof, 'index' | 'path' | 'checkpoint'> {
  const end = text.indexOf('\n\n');
  const [header, ...lines] = text.slice(0, Math.max(0, end)).split('\n');
  if (lines[0]?.startsWith('extra ')) lines.shift();
  const [, index] = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '') ?? [];
  if (header !== HEADER || index === undefined) throw new NoteError('not a tlog-proof');
  if (lines.some((line) => decode(line).length !== HASH_BYTES || encode(decode(line)) !== line)) throw new NoteError('not a tlog-proof: hash');
  return { index: Number(index), path: lines, checkpoint: text.slice(end + 2) };
}

/**
 * All that a third party does: the checkpoint is the log's, and the event is in its tree.
 * @param event the event as it was published, byte for byte
 * @throws NoteError when the file or the checkpoint is not what it says
 */
export function verifyTlogProof(proof: string, event: string, log: NoteKey): boolean {
  const { index, path, checkpoint } = parseTlogProof(proof);
  const { size, root } = openCheckpoint(checkpoint, log);
  return verifyInclusion(leafHash(event), index, size, path.map(decode), root);
}
