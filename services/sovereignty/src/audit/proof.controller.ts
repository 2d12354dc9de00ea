import { Controller } from '@nestjs/common';
import { Sha256Base64 } from '@pioche/contracts';
import { idOf, Instant, refuse } from '@pioche/kernel';
import { ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked, type Caller } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { CheckpointRow, checkpointView } from '../read-models/checkpoint-view/checkpoint-view.js';
import { AuditKey } from './audit-key.js';
import { ConsistencyProof, encode, InclusionProof, tlogProofText } from './proof.js';
import { AuditTree } from './tree-store.js';

const Size = z.coerce.number().int().nonnegative();
const Checkpoint = z.object({
  size: z.int(),
  root: Sha256Base64,
  note: z.string().meta({ description: 'The signed checkpoint, C2SP tlog-checkpoint.' }),
  signed_at: Instant,
});
const LastCheckpoint = Checkpoint.extend({
  origin: z.string().meta({ description: 'Name of the log.' }),
  verifier_key: z.string().meta({ description: "The log's key, C2SP signed-note: keep it, do not take it from here each time." }),
});
const OfEvent = z.object({ event_id: idOf('evt'), size: Size.optional().meta({ description: 'Size of a signed checkpoint; the last one when absent.' }) });
const Between = z.object({ from: Size, to: Size.optional().meta({ description: "The last checkpoint's size when absent." }) });
const Listing = z.object(pageQuery);

/** Checkpoints and proofs: all that a third party needs to verify the log offline. */
@Controller()
export class ProofController {
  constructor(
    private readonly db: DataSource,
    private readonly tree: AuditTree,
    private readonly key: AuditKey,
  ) {}

  @Query({ path: '/audit/checkpoint', summary: 'The last signed checkpoint, and the key that verifies it.', may: 'read-audit', returns: LastCheckpoint, from: [checkpointView] })
  async checkpoint() {
    const { size, root, note, signed_at } = await this.signed();
    return { size, root, note, signed_at, origin: this.key.origin, verifier_key: this.key.verifierKey };
  }

  @Query({ path: '/audit/checkpoints', summary: 'Every checkpoint that was signed.', may: 'read-audit', query: Listing, returns: pageOf(Checkpoint), from: [checkpointView] })
  list({ query }: Asked<undefined, typeof Listing>) {
    return pageOfRows(this.db.getRepository(CheckpointRow), 'size', query);
  }

  @Query({ path: '/audit/proofs/inclusion', summary: 'Proof that an event is in the log.', may: 'read-audit', query: OfEvent, returns: InclusionProof, from: [checkpointView] })
  inclusion({ query, caller }: Asked<undefined, typeof OfEvent>) {
    return this.prove(query, caller);
  }

  @Query({ path: '/audit/proofs/inclusion.tlog-proof', summary: 'The same proof as a file, C2SP tlog-proof.', may: 'read-audit', query: OfEvent, returns: z.string(), media: 'text/plain; charset=utf-8', from: [checkpointView] })
  async tlogProof({ query, caller }: Asked<undefined, typeof OfEvent>) {
    return tlogProofText(await this.prove(query, caller));
  }

  @Query({ path: '/audit/proofs/consistency', summary: 'Proof that the log of one size begins with the log of another.', may: 'read-audit', query: Between, returns: ConsistencyProof, from: [checkpointView] })
  async consistency({ query: { from, to } }: Asked<undefined, typeof Between>) {
    const last = await this.signed();
    const second = to ?? last.size;
    if (second > last.size || from > second) refuse('tree-size-unknown', { from, to: second, last: last.size });
    const [first_root, second_root, path] = await Promise.all([this.tree.root(from), this.tree.root(second), this.tree.consistencyPath(from, second)]);
    return { first: from, second, first_root: encode(first_root), second_root: encode(second_root), path: path.map(encode) };
  }

  private async prove({ event_id, size }: z.infer<typeof OfEvent>, caller: Caller): Promise<InclusionProof> {
    const { index } = ownRow(await this.tree.leafOf(event_id), caller, { event_id });
    const checkpoint = await this.signed(size);
    if (index >= checkpoint.size) refuse('not-in-checkpoint', { index, size: checkpoint.size });
    const [hash, path] = await Promise.all([this.tree.leafHash(index), this.tree.inclusionPath(index, checkpoint.size)]);
    return { index, size: checkpoint.size, leaf_hash: encode(hash), path: path.map(encode), root: checkpoint.root, checkpoint: checkpoint.note };
  }

  /** The checkpoint of this size, or the last one. @throws Refusal */
  private async signed(size?: number): Promise<CheckpointRow> {
    const rows = this.db.getRepository(CheckpointRow);
    if (size !== undefined) return (await rows.findOneBy({ size })) ?? refuse('checkpoint-unknown', { size });
    const [last] = await rows.find({ order: { size: 'DESC' }, take: 1 });
    return last ?? refuse('no-checkpoint-yet');
  }
}
