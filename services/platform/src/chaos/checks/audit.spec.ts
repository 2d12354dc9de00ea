import { generateKeyPairSync } from 'node:crypto';
import { AuditKey, encode, leafHash, nodeHash, signCheckpoint, type InclusionProof } from '@pioche/sovereignty';
import { checkpointsHold, everyEventIsALeaf, inclusionHolds, RecomputedTree, type Leaf } from './audit.js';
import { logOf, logsWith, without } from './testing/sample.js';

const { privateKey } = generateKeyPairSync('ed25519');
const key = new AuditKey('pioche.fr/audit', privateKey);
const fact = { type: 'NodeQuarantined', data: { reason: 'a fan' } };
const inventory = logOf('inventory', { command: 'cmd_1', stream: 'node_1', facts: [fact, fact] });
const logs = logsWith({ inventory });
const leaves: Leaf[] = inventory.map(({ event }, index) => ({ index, event: event.id, context: 'inventory', position: event.position }));
const [first, second] = inventory.map(({ text }) => leafHash(text));
const root = nodeHash(first ?? Buffer.alloc(0), second ?? Buffer.alloc(0));
const note = signCheckpoint({ origin: key.origin, size: 2, root }, privateKey);
const signed = { place: 'sovereignty:9', size: 2, root: encode(root), note };
const tree = (of = logs, has = leaves) => new RecomputedTree(of, has);

it('all is well where each event is a leaf, and the signed root is theirs', () => {
  expect(everyEventIsALeaf(logs, leaves)).toMatchObject({ holds: true, seen: 2 });
  expect(checkpointsHold([signed], tree(), key.noteKey)).toMatchObject({ holds: true, seen: 1 });
});

it('a missing, a doubled and a foreign leaf are found', () => {
  expect(everyEventIsALeaf(logs, without(leaves, 1)).findings[0]).toContain('inventory:2 (node_1, NodeQuarantined) is no leaf');
  expect(everyEventIsALeaf(logs, [...leaves, ...leaves.slice(0, 1)]).holds).toBe(false);
  expect(everyEventIsALeaf(logs, [...leaves, { index: 2, event: 'evt_other', context: 'lab', position: 1 }]).findings[0]).toContain('in no log');
});

it('a changed leaf, others in their place and a tree that shrinks are found', () => {
  const changed = inventory.map((logged, n) => (n === 1 ? { ...logged, text: logged.text.replace('a fan', 'a man') } : logged));
  expect(checkpointsHold([signed], tree(logsWith({ inventory: changed })), key.noteKey).findings[0]).toContain('the root of 2 leaves is');
  expect(checkpointsHold([signed], tree(logs, leaves.toReversed()), key.noteKey).holds).toBe(false);
  expect(checkpointsHold([signed], tree(logs, leaves.slice(0, 1)), key.noteKey).findings[0]).toContain('there are fewer');
  const small = { ...signed, size: 1, root: encode(first ?? Buffer.alloc(0)) };
  expect(checkpointsHold([signed, small], tree(), key.noteKey).findings[0]).toContain('has 1 leaves after 2');
});

it('a checkpoint that another key has signed is found', () => {
  const other = generateKeyPairSync('ed25519').privateKey;
  expect(checkpointsHold([{ ...signed, note: signCheckpoint({ origin: key.origin, size: 2, root }, other) }], tree(), key.noteKey).holds).toBe(false);
});

it('a proof of another event does not hold', () => {
  const proof: InclusionProof = { index: 0, size: 2, leaf_hash: '', path: [encode(second ?? Buffer.alloc(0))], root: encode(root), checkpoint: note };
  expect(inclusionHolds(proof, inventory[0]?.text ?? '', key.noteKey)).toBe(true);
  expect(inclusionHolds(proof, inventory[1]?.text ?? '', key.noteKey)).toBe(false);
});
