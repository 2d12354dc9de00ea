import { Controller } from '@nestjs/common';
import { CountryCode, Custodian, Quorum } from '@pioche/contracts';
import { EventStore } from '@pioche/event-store';
import { idOf, Instant } from '@pioche/kernel';
import { rowsAfter } from '@pioche/projections';
import { asOfQuery, ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { TenantRow, tenantView } from './tenant-view.js';

const Shown = z.object({
  tenant: z.string(),
  version: z.int(),
  name: z.string(),
  country: CountryCode,
  data_classes: z.array(z.string()),
  custodians: z.array(Custodian),
  quorum: Quorum,
  change: z
    .object({ request: z.string(), statement: z.string(), expires_at: Instant, custodians: z.array(Custodian), quorum: Quorum, signers: z.array(z.string()) })
    .nullable()
    .meta({ description: 'Custodians who wait for signatures.' }),
  registered_at: Instant,
});
const Listing = z.object(pageQuery);
const ById = z.object({ id: idOf('tenant') });
const AsOf = z.object(asOfQuery);

@Controller()
export class TenantController {
  constructor(
    private readonly db: DataSource,
    private readonly store: EventStore,
  ) {}

  @Query({ path: '/tenants', summary: 'Customers, and who holds their keys.', may: 'read-audit', query: Listing, returns: pageOf(Shown), from: [tenantView] })
  list({ query, caller }: Asked<undefined, typeof Listing>) {
    return pageOfRows(this.db.getRepository(TenantRow), 'tenant', query, caller.tenantFilter);
  }

  @Query({ path: '/tenants/{id}', summary: 'One customer, now or as it was.', may: 'read-audit', params: ById, query: AsOf, returns: Shown, from: [tenantView] })
  async show({ params: { id }, query: { as_of: asOf }, caller }: Asked<typeof ById, typeof AsOf>) {
    const row = asOf === undefined
      ? await this.db.getRepository(TenantRow).findOneBy({ tenant: id })
      : rowsAfter(tenantView, TenantRow, await this.store.read(id, { asOf }))[0];
    return ownRow(row, caller, { tenant: id });
  }
}
