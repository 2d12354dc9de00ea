import { Injectable } from '@nestjs/common';
import { AggregateStore } from '@pioche/event-store';
import type { Tell } from '@pioche/service-kit';
import { recordCheckpoint } from '../audit-log/audit-log.commands.js';
import { AUDIT_LOG, auditLog } from '../audit-log/audit-log.js';
import { AuditKey } from './audit-key.js';
import { signCheckpoint } from './checkpoint.js';
import { encode } from './proof.js';
import { AuditTree } from './tree-store.js';

/** Commits the log to the tree as it is. */
@Injectable()
export class Checkpoints {
  constructor(
    private readonly tree: AuditTree,
    private readonly aggregates: AggregateStore,
    private readonly key: AuditKey,
  ) {}

  /**
   * Signs the tree's head, unless nothing but signed checkpoints is new: else each would bring about the next.
   * @throws Refusal when the tree does not continue the one that was signed last
   */
  async sign(tell: Tell): Promise<void> {
    const { state: last } = await this.aggregates.load(auditLog, AUDIT_LOG);
    const { size, root } = await this.tree.head();
    if (size >= last.size && !(await this.tree.hasOtherThan('AuditCheckpointSigned', last.size))) return;
    const note = signCheckpoint({ origin: this.key.origin, size, root }, this.key.privateKey);
    const consistency = size < last.size ? [] : (await this.tree.consistencyPath(last.size, size)).map(encode);
    await tell(recordCheckpoint, AUDIT_LOG, { size, root: encode(root), note, consistency });
  }
}
