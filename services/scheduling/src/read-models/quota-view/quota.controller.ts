import { Controller } from '@nestjs/common';
import { idOf } from '@pioche/kernel';
import { equal, ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { QuotaRow, quotaView } from './quota-view.js';

const Shown = z.object({
  quota: z.string(),
  version: z.int(),
  tenant: z.string(),
  guaranteed_gpus: z.int(),
  borrowable_gpus: z.int(),
  weight: z.int(),
});
const Listing = z.object({ ...pageQuery, tenant: idOf('tenant').optional() });
const ById = z.object({ id: idOf('quota') });

@Controller()
export class QuotaController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/quotas', summary: 'How many GPUs tenants may hold at once.', may: 'read-jobs', query: Listing, returns: pageOf(Shown), from: [quotaView] })
  list({ query: { tenant, ...paging }, caller }: Asked<undefined, typeof Listing>) {
    return pageOfRows(this.db.getRepository(QuotaRow), 'quota', paging, equal({ tenant }), caller.tenantFilter);
  }

  @Query({ path: '/quotas/{id}', summary: 'The quota of one tenant.', may: 'read-jobs', params: ById, returns: Shown, from: [quotaView] })
  async show({ params: { id }, caller }: Asked<typeof ById>) {
    return ownRow(await this.db.getRepository(QuotaRow).findOneBy({ quota: id }), caller, { quota: id });
  }
}
