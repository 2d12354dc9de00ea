import { person } from '../../test/custodian.js';
import { openCheckpoint, readCheckpoint, signCheckpoint } from './checkpoint.js';
import { append, EMPTY, rootOf } from './frontier.js';
import { EMPTY_ROOT, leafHash, leafHashes } from './merkle.js';
import { NoteError, openNote, parseVerifierKey, signNote, verifierKey } from './note.js';
import { encode, parseTlogProof, tlogProofText, verifyTlogProof } from './proof.js';

/** The example of golang.org/x/mod/sumdb/note, whose format signed-note is. */
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNED = '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

const signer = person('log');
const log = { name: 'pioche.fr/audit', publicKey: signer.proposed.public_key };

describe('a signed note', () => {
  const peter = parseVerifierKey(PETER);

  it('of the reference example opens', () => expect(openNote(`${TEXT}\n${SIGNED}`, peter)).toBe(TEXT));

  it('does not open with another text, key or name', () => {
    expect(() => openNote(`${TEXT.replace('think', 'thank')}\n${SIGNED}`, peter)).toThrow('does not verify');
    expect(() => openNote(`${TEXT}\n${SIGNED}`, log)).toThrow('not signed by pioche.fr/audit');
    expect(() => openNote(`${TEXT}\n${SIGNED}`, { ...peter, name: 'Peter' })).toThrow(NoteError);
    expect(() => openNote(TEXT, peter)).toThrow(NoteError);
  });

  it('of ours opens, with signatures of others beside ours', () => {
    const note = signNote(TEXT, log.name, signer.privateKey);
    expect(openNote(note, log)).toBe(TEXT);
    expect(openNote(note + SIGNED, log)).toBe(TEXT);
    expect(openNote(note + SIGNED, peter)).toBe(TEXT);
  });

  it('is not made of what a note cannot hold', () => {
    expect(() => signNote('no newline', log.name, signer.privateKey)).toThrow(NoteError);
    expect(() => signNote('a\r\n', log.name, signer.privateKey)).toThrow(NoteError);
    expect(() => signNote('a\n', 'a name', signer.privateKey)).toThrow(NoteError);
  });

  it('has keys that are written as others write them', () => {
    expect(verifierKey(peter)).toBe(PETER);
    expect(parseVerifierKey(verifierKey(log))).toEqual(log);
    expect(() => parseVerifierKey(PETER.replace('c74f', 'c74e'))).toThrow(NoteError);
    expect(() => parseVerifierKey('PeterNeumann')).toThrow(NoteError);
  });
});

describe('a checkpoint', () => {
  const head = { origin: log.name, size: 3, root: leafHash('root') };

  it('is read back as it was signed', () => {
    const note = signCheckpoint(head, signer.privateKey);
    expect(note.split('\n').slice(0, 4)).toEqual(['pioche.fr/audit', '3', encode(head.root), '']);
    expect(openCheckpoint(note, log)).toEqual(head);
    expect(openCheckpoint(signCheckpoint({ ...head, size: 0, root: EMPTY_ROOT }, signer.privateKey), log).size).toBe(0);
  });

  it('is refused when it is of another log, or not one at all', () => {
    const signed = (text: string) => signNote(text, log.name, signer.privateKey);
    expect(() => openCheckpoint(signed(`other\n3\n${encode(head.root)}\n`), log)).toThrow('of other');
    for (const text of [`${log.name}\n03\n${encode(head.root)}\n`, `${log.name}\n3\nAAAA\n`, `${log.name}\n3\n`, '\n3\n']) {
      expect(() => readCheckpoint(signed(text))).toThrow(NoteError);
    }
  });
});

describe('a proof file', () => {
  const events = ['{"id":"a"}', '{"id":"b"}', '{"id":"c"}'];
  const [a = '', , c = ''] = events;
  const root = rootOf(append(EMPTY, leafHashes(events)).frontier);
  const left = rootOf(append(EMPTY, leafHashes(events.slice(0, 2))).frontier);
  const checkpoint = signCheckpoint({ origin: log.name, size: 3, root }, signer.privateKey);
  const file = tlogProofText({ index: 2, path: [encode(left)], checkpoint });

  it('has the lines of tlog-proof', () => {
    expect(file).toBe(`c2sp.org/tlog-proof@v1\nindex 2\n${encode(left)}\n\n${checkpoint}`);
    expect(parseTlogProof(file)).toEqual({ index: 2, path: [encode(left)], checkpoint });
    expect(parseTlogProof(file.replace('\nindex', '\nextra YWJj\nindex')).index).toBe(2);
  });

  it('proves its event to whoever has the log’s key, and no other event', () => {
    expect(verifyTlogProof(file, c, log)).toBe(true);
    expect(verifyTlogProof(file, a, log)).toBe(false);
    expect(verifyTlogProof(file.replace('index 2', 'index 1'), c, log)).toBe(false);
    expect(() => verifyTlogProof(file.replace('\n3\n', '\n4\n'), c, log)).toThrow('does not verify');
    expect(() => verifyTlogProof(file.replace('index 2', 'index two'), c, log)).toThrow(NoteError);
  });

  it('of a tree of one leaf has no hashes', () => {
    const alone = signCheckpoint({ origin: log.name, size: 1, root: leafHash(a) }, signer.privateKey);
    expect(verifyTlogProof(tlogProofText({ index: 0, path: [], checkpoint: alone }), a, log)).toBe(true);
  });
});
