/** Signed notes with Ed25519, C2SP signed-note (https://c2sp.org/signed-note). */
import { createHash, sign, type KeyObject } from 'node:crypto';
import { rawPublicKey, verifyEd25519 } from '../custody/ed25519.js';

/** Signature type of Ed25519 in notes. */
const ED25519 = Buffer.of(0x01);
const KEY_ID_BYTES = 4;
const SIGNATURE_LINE = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/;
const KEY_NAME = /^[^\s+]+$/;
// oxlint-disable-next-line no-control-regex -- the format forbids them
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

/** The text is not a note, or no signature of the trusted key is on it. */
export class NoteError extends Error {
  override readonly name = 'NoteError';
}

/** Who may sign: a name, and a raw public key in Base64. */
export interface NoteKey {
  readonly name: string;
  readonly publicKey: string;
}

const keyId = ({ name, publicKey }: NoteKey): Buffer =>
  createHash('sha256').update(`${name}\n`).update(ED25519).update(Buffer.from(publicKey, 'base64')).digest().subarray(0, KEY_ID_BYTES);

/** The key as verifiers take it: `<name>+<hex of key id>+<Base64 of type and key>`. */
export const verifierKey = (key: NoteKey): string =>
  `${key.name}+${keyId(key).toString('hex')}+${Buffer.concat([ED25519, Buffer.from(key.publicKey, 'base64')]).toString('base64')}`;

/** @throws NoteError when it is no Ed25519 verifier key, or its id is not the key's */
export function parseVerifierKey(text: string): NoteKey {
  const [name = '', id = '', ...encoded] = text.split('+');
  const bytes = Buffer.from(encoded.join('+'), 'base64');
  const key = { name, publicKey: bytes.subarray(1).toString('base64') };
  if (bytes.length !== 33 || bytes[0] !== ED25519[0]) throw new NoteError('not an Ed25519 verifier key');
  if (verifierKey(key) !== text || id !== keyId(key).toString('hex')) throw new NoteError("the verifier key's id is not that of its key");
  return key;
}

/**
 * @param text ends in a newline; no other control character in it
 * @returns the note: text, empty line, signature
 */
export function signNote(text: string, name: string, privateKey: KeyObject): string {
  if (!text.endsWith('\n') || CONTROL.test(text)) throw new NoteError('the text of a note ends in a newline and has no other control character');
  if (!KEY_NAME.test(name)) throw new NoteError(`not a key name: ${name}`);
  const id = keyId({ name, publicKey: rawPublicKey(privateKey) });
  return `${text}\n— ${name} ${Buffer.concat([id, sign(null, Buffer.from(text), privateKey)]).toString('base64')}\n`;
}

/** Text and signature lines, nothing verified yet. @throws NoteError */
export function splitNote(note: string): { text: string; signatures: { name: string; id: Buffer; signature: Buffer }[] } {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n') || CONTROL.test(note)) throw new NoteError('not a signed note');
  const lines = note.slice(end + 2, -1).split('\n');
  const signatures = lines.map((line) => {
    const [, name = '', encoded = ''] = SIGNATURE_LINE.exec(line) ?? [];
    const bytes = Buffer.from(encoded, 'base64');
    if (bytes.length <= KEY_ID_BYTES) throw new NoteError(`not a signature line: ${line}`);
    return { name, id: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) };
  });
  return { text: note.slice(0, end + 1), signatures };
}

/**
 * The text, once a signature of the trusted key verifies; signatures of other keys (witnesses) are not looked at.
 * @throws NoteError when there is none, or one that does not verify
 */
export function openNote(note: string, trusted: NoteKey): string {
  const { text, signatures } = splitNote(note);
  const own = signatures.filter(({ name, id }) => name === trusted.name && id.equals(keyId(trusted)));
  if (own.length === 0) throw new NoteError(`not signed by ${trusted.name}`);
  const wrong = own.some(({ signature }) => !verifyEd25519(trusted.publicKey, text, signature.toString('base64')));
  if (wrong) throw new NoteError(`the signature of ${trusted.name} does not verify`);
  return text;
}
