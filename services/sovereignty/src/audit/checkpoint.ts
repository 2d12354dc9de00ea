/** Checkpoints: signed tree heads, C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint). */
import type { KeyObject } from 'node:crypto';
import { HASH_BYTES } from './merkle.js';
import { NoteError, openNote, signNote, splitNote, type NoteKey } from './note.js';

export interface TreeHead {
  /** Which log: a URL without a scheme, also the name of its key. */
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
  readonly root: Buffer;
}

const SIZE = /^(0|[1-9]\d{0,15})$/;

/** The text that is signed: origin, size and root, each on its line. */
export const checkpointText = ({ origin, size, root }: TreeHead): string => `${origin}\n${size}\n${root.toString('base64')}\n`;

/** @throws NoteError when it is not three lines or more of this form; further lines are extensions, and ignored */
export function parseCheckpointText(text: string): TreeHead {
  const [origin = '', size = '', encoded = ''] = text.split('\n');
  const root = Buffer.from(encoded, 'base64');
  if (origin === '' || !SIZE.test(size) || !Number.isSafeInteger(Number(size))) throw new NoteError('not a checkpoint: origin or size');
  if (root.length !== HASH_BYTES || root.toString('base64') !== encoded) throw new NoteError('not a checkpoint: root');
  return { origin, size: Number(size), root };
}

/** @param privateKey Ed25519; the note's key name is the head's origin */
export const signCheckpoint = (head: TreeHead, privateKey: KeyObject): string => signNote(checkpointText(head), head.origin, privateKey);

/** What the note claims; its signature is not verified. @throws NoteError */
export const readCheckpoint = (note: string): TreeHead => parseCheckpointText(splitNote(note).text);

/** The tree head, once the log's signature verifies. @throws NoteError also when it is another log's */
export function openCheckpoint(note: string, log: NoteKey): TreeHead {
  const head = parseCheckpointText(openNote(note, log));
  if (head.origin !== log.name) throw new NoteError(`the checkpoint is of ${head.origin}, not of ${log.name}`);
  return head;
}
