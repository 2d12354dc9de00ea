import { Controller } from '@nestjs/common';
import { PolicyRule } from '@pioche/contracts';
import { EventStore } from '@pioche/event-store';
import { idOf, Instant } from '@pioche/kernel';
import { rowsAfter } from '@pioche/projections';
import { asOfQuery, equal, ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { PolicyRow, policyView } from './policy-view.js';

const Status = z.enum(['drafted', 'in_force', 'in_revision', 'superseded']);
const Shown = z.object({
  policy: z.string(),
  version: z.int(),
  title: z.string(),
  status: Status,
  policy_version: z.int().meta({ description: 'Adopted texts so far.' }),
  text: z.string().nullable().meta({ description: 'The text in force, or that was last.' }),
  digest: z.string().nullable(),
  rules: z.array(PolicyRule),
  adopted_at: Instant.nullable(),
  waiting: z
    .object({
      text: z.string(),
      digest: z.string().meta({ description: 'SHA-256 of the text: what an approval names.' }),
      rules: z.array(PolicyRule),
      author: z.string(),
      quorum: z.int(),
      supersedes: z.array(z.string()),
      approvers: z.array(z.string()),
    })
    .nullable()
    .meta({ description: 'The text that waits for approvals.' }),
  superseded_by: z.string().nullable(),
});
const Listing = z.object({ ...pageQuery, status: Status.optional() });
const ById = z.object({ id: idOf('policy') });
const AsOf = z.object(asOfQuery);

/** Policies are the platform's: everyone whom they may concern reads all of them. */
@Controller()
export class PolicyController {
  constructor(
    private readonly db: DataSource,
    private readonly store: EventStore,
  ) {}

  @Query({ path: '/policies', summary: 'Policies: what is in force, what waits for approval.', may: 'read-policies', query: Listing, returns: pageOf(Shown), from: [policyView] })
  list({ query }: Asked<undefined, typeof Listing>) {
    return pageOfRows(this.db.getRepository(PolicyRow), 'policy', query, equal({ status: query.status }));
  }

  @Query({ path: '/policies/{id}', summary: 'One policy, now or as it was.', may: 'read-policies', params: ById, query: AsOf, returns: Shown, from: [policyView] })
  async show({ params: { id }, query: { as_of: asOf }, caller }: Asked<typeof ById, typeof AsOf>) {
    const row = asOf === undefined
      ? await this.db.getRepository(PolicyRow).findOneBy({ policy: id })
      : rowsAfter(policyView, PolicyRow, await this.store.read(id, { asOf }))[0];
    return ownRow(row, caller, { policy: id });
  }
}
