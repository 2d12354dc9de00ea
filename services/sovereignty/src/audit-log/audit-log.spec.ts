import type { AuditLogEvent } from '@pioche/contracts';
import { given } from '@pioche/testing';
import { signCheckpoint } from '../audit/checkpoint.js';
import { append, EMPTY, rootOf } from '../audit/frontier.js';
import { leafHashes } from '../audit/merkle.js';
import { encode } from '../audit/proof.js';
import { person } from '../../test/custodian.js';
import { recordCheckpoint } from './audit-log.commands.js';
import { auditLog } from './audit-log.js';

const { privateKey } = person('log');
const treeOf = (...leaves: string[]) => append(EMPTY, leafHashes(leaves)).frontier;
const checkpoint = (...leaves: string[]) => {
  const tree = treeOf(...leaves);
  const head = { size: tree.size, root: encode(rootOf(tree)) };
  return { ...head, note: signCheckpoint({ origin: 'pioche.fr/audit', size: tree.size, root: rootOf(tree) }, privateKey) };
};
const signed = (data: AuditLogEvent['data']): AuditLogEvent => ({ type: 'AuditCheckpointSigned', data });

const two = checkpoint('a', 'b');
const three = checkpoint('a', 'b', 'c');
/** From two leaves to three: the third one's hash. */
const consistency = [encode(leafHashes(['c']))];

describe('recording a checkpoint', () => {
  it('begins with any tree, and goes on with one that continues it', () => {
    given(auditLog).when(recordCheckpoint, { ...two, consistency: [] }).then(signed(two));
    given(auditLog, [signed(two)]).when(recordCheckpoint, { ...three, consistency }).then(signed(three));
  });

  it('does nothing when nothing was added', () => given(auditLog, [signed(two)]).when(recordCheckpoint, { ...two, consistency: [] }).thenMatching());

  it('refuses a tree that was rewritten, whatever proof comes with it', () => {
    const rewritten = checkpoint('a', 'B', 'c');
    given(auditLog, [signed(two)]).when(recordCheckpoint, { ...rewritten, consistency }).refuses('checkpoint-contradicts', { last: { size: 2 } });
    given(auditLog, [signed(two)]).when(recordCheckpoint, { ...checkpoint('a', 'B'), consistency: [] }).refuses('checkpoint-contradicts');
  });

  it('refuses a tree that is smaller', () => given(auditLog, [signed(three)]).when(recordCheckpoint, { ...two, consistency }).refuses('checkpoint-goes-back', { size: 2 }));

  it('refuses a note about something else', () =>
    given(auditLog).when(recordCheckpoint, { ...two, note: three.note, consistency: [] }).refuses('checkpoint-note-differs'));
});
