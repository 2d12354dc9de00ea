import { Controller } from '@nestjs/common';
import { Custodian, Quorum } from '@pioche/contracts';
import { EventStore } from '@pioche/event-store';
import { idOf, Instant } from '@pioche/kernel';
import { rowsAfter } from '@pioche/projections';
import { asOfQuery, equal, ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { SwitchRow, switchView } from './switch-view.js';

const Status = z.enum(['on', 'off_requested', 'off', 'on_requested']);
const Shown = z.object({
  switch: z.string(),
  tenant: z.string(),
  version: z.int(),
  status: Status,
  custodians: z.array(Custodian),
  quorum: Quorum,
  request: z
    .object({ request: z.string(), action: z.enum(['switch-off', 'switch-on']), statement: z.string(), expires_at: Instant, signers: z.array(z.string()) })
    .nullable()
    .meta({ description: 'What waits for signatures of exactly this statement.' }),
  off_at: Instant.nullable().meta({ description: 'Moment of the last signature, while it is off.' }),
  last_completed_off: z
    .object({
      request: z.string(),
      off_at: Instant,
      nodes: z.int(),
      elapsed_ms: z.int().meta({ description: 'Milliseconds from the last signature to the last acknowledgement.' }),
    })
    .nullable()
    .meta({ description: 'The last switch-off that every node has acknowledged.' }),
});
const Listing = z.object({ ...pageQuery, tenant: idOf('tenant').optional(), status: Status.optional() });
const ById = z.object({ id: idOf('switch') });
const AsOf = z.object(asOfQuery);

@Controller()
export class SwitchController {
  constructor(
    private readonly db: DataSource,
    private readonly store: EventStore,
  ) {}

  @Query({ path: '/switches', summary: 'Who is on, who is off.', may: 'read-audit', query: Listing, returns: pageOf(Shown), from: [switchView] })
  list({ query, caller }: Asked<undefined, typeof Listing>) {
    const where = [equal({ tenant: query.tenant, status: query.status }), caller.tenantFilter];
    return pageOfRows(this.db.getRepository(SwitchRow), 'switch', query, ...where);
  }

  @Query({ path: '/switches/{id}', summary: 'One switch, now or as it was.', may: 'read-audit', params: ById, query: AsOf, returns: Shown, from: [switchView] })
  async show({ params: { id }, query: { as_of: asOf }, caller }: Asked<typeof ById, typeof AsOf>) {
    const row = asOf === undefined
      ? await this.db.getRepository(SwitchRow).findOneBy({ switch: id })
      : rowsAfter(switchView, SwitchRow, await this.store.read(id, { asOf }))[0];
    return ownRow(row, caller, { switch: id });
  }
}
