import { Controller } from '@nestjs/common';
import { CONTEXTS, Sha256Base64 } from '@pioche/contracts';
import { AggregateStore } from '@pioche/event-store';
import { Instant } from '@pioche/kernel';
import { Action, cursorOf, page, pageOf, pageQuery, Query, type ActionAsked, type Asked } from '@pioche/service-kit';
import { z } from 'zod';
import { AUDIT_LOG, auditLog } from '../audit-log/audit-log.js';
import { Checkpoints } from './checkpoints.js';
import { decode, encode } from './proof.js';
import { recompute } from './recompute.js';
import { AuditTree, type AuditLeaf } from './tree-store.js';

const Entry = z.object({
  index: z.int().meta({ description: 'Place of the leaf, from 0.' }),
  event_id: z.string(),
  context: z.enum(CONTEXTS),
  position: z.int().meta({ description: "Place in the context's own log." }),
  type: z.string(),
  subject: z.string(),
  tenant: z.string().optional(),
  at: Instant,
});
const Entries = z.object({
  ...pageQuery,
  context: z.enum(CONTEXTS).optional(),
  position: z.coerce.number().int().positive().optional().meta({ description: 'Only the event at this place of its context’s log.' }),
});
const Size = z.int().nonnegative();
const Totals = z.object({ size: Size.meta({ description: 'Leaves that the caller may see.' }), leaves: z.record(z.enum(CONTEXTS), Size) });
const Verified = z.object({
  size: Size,
  root: Sha256Base64.meta({ description: 'Recomputed from the leaves.' }),
  checkpoint_size: Size.meta({ description: 'Of the last checkpoint; 0 before the first.' }),
  verified: z.boolean().meta({ description: 'The recomputed roots are those of the tree and of its last checkpoint.' }),
});

@Controller()
export class AuditController {
  constructor(
    private readonly tree: AuditTree,
    private readonly aggregates: AggregateStore,
    private readonly checkpoints: Checkpoints,
  ) {}

  @Query({ path: '/audit/entries', summary: 'What the leaves of the audit log are, in order.', may: 'read-audit', query: Entries, returns: pageOf(Entry), from: [] })
  async entries({ query: { page_size, page_token, ...which }, caller }: Asked<undefined, typeof Entries>) {
    const after = Number(cursorOf(page_token)?.[0] ?? -1);
    const leaves = await this.tree.leavesFrom(after + 1, page_size + 1, { ...which, ...caller.tenantFilter });
    return page(leaves.map(entryOf), page_size, ({ index }) => [index]);
  }

  @Query({ path: '/audit/totals', summary: 'How many leaves each context has.', may: 'read-audit', returns: Totals, from: [] })
  async totals({ caller }: Asked) {
    const counts = await this.tree.counts(caller.tenant);
    const leaves = { inventory: 0, scheduling: 0, billing: 0, sovereignty: 0, lab: 0, ...Object.fromEntries(counts) };
    return { size: Object.values(leaves).reduce((sum, n) => sum + n, 0), leaves };
  }

  @Query({ path: '/audit/verify', summary: 'Recompute the root over all leaves; it takes a second for half a million.', may: 'verify-audit', returns: Verified, from: [] })
  async verify() {
    // The checkpoint first: the tree read after it is not smaller, unless something is wrong.
    const { state: last } = await this.aggregates.load(auditLog, AUDIT_LOG);
    const { size, root } = await this.tree.head();
    const [signed, whole] = await recompute(this.tree, [last.size, size]);
    const verified = size >= last.size && signed?.equals(decode(last.root)) === true && whole?.equals(root) === true;
    return { size, root: encode(whole ?? root), checkpoint_size: last.size, verified };
  }

  @Action({ path: '/audit/checkpoints:sign', summary: 'Sign a checkpoint now, if something has come in since the last.', may: 'operate-platform', returns: z.object({ size: Size, root: Sha256Base64 }) })
  async sign({ tell }: ActionAsked) {
    await this.checkpoints.sign(tell);
    const { state } = await this.aggregates.load(auditLog, AUDIT_LOG);
    return { ...state };
  }
}

const entryOf = ({ eventId, ...leaf }: AuditLeaf) => ({ event_id: eventId, ...leaf });
