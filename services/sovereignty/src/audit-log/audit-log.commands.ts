import { Sha256Base64 } from '@pioche/contracts';
import { commandsOf, refuse } from '@pioche/kernel';
import { z } from 'zod';
import { readCheckpoint } from '../audit/checkpoint.js';
import { consistent } from '../audit/proof.js';
import { auditLog } from './audit-log.js';

const { command } = commandsOf(auditLog);

export const recordCheckpoint = command({
  name: 'recordCheckpoint',
  summary: 'Commit the log to its first leaves. Only what continues the last checkpoint is accepted.',
  may: 'operate-platform',
  internal: true,
  upserts: true,
  input: z.object({
    size: z.int().nonnegative(),
    root: Sha256Base64,
    note: z.string(),
    consistency: z.array(Sha256Base64).meta({ description: 'Proof from the last checkpoint to this one.' }),
  }),
  decide(last, { size, root, note, consistency }) {
    const head = readCheckpoint(note);
    if (head.size !== size || head.root.toString('base64') !== root) refuse('checkpoint-note-differs', { size, root, note });
    if (size < last.size) refuse('checkpoint-goes-back', { size, last: last.size });
    // tlog-checkpoint: a log must not sign a checkpoint that is inconsistent with one it has signed.
    const continues = consistent({ first: last.size, second: size, first_root: last.root, second_root: root, path: consistency });
    if (!continues) refuse('checkpoint-contradicts', { size, root, last });
    return size === last.size ? [] : [{ type: 'AuditCheckpointSigned', data: { size, root, note } }];
  },
});

export const auditLogCommands = [recordCheckpoint];
