import type { AuditLogEvent } from '@pioche/contracts';
import { derivedId, unreachable, type Decider, type Id } from '@pioche/kernel';
import { EMPTY_ROOT } from '../audit/merkle.js';

/** What the log has committed itself to last. */
export interface AuditLog {
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

/** The one log. */
export const AUDIT_LOG: Id<'audit_log'> = derivedId('audit_log', 'pioche');

export const auditLog: Decider<AuditLog, AuditLogEvent> = {
  name: 'audit-log',
  initial: { size: 0, root: EMPTY_ROOT.toString('base64') },
  // A checkpoint every five minutes is a hundred thousand events a year.
  snapshots: { every: 500, version: 1 },
  evolve(state, event) {
    switch (event.type) {
      case 'AuditCheckpointSigned':
        return { size: event.data.size, root: event.data.root };
      default:
        return unreachable(event.type);
    }
  },
};
