import { Controller } from '@nestjs/common';
import { AllocationEnd, Placements } from '@pioche/contracts';
import { idOf, Instant } from '@pioche/kernel';
import { equal, ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource, IsNull, Not } from 'typeorm';
import { z } from 'zod';
import { AllocationRow, allocationView } from './allocation-view.js';

const Shown = z.object({
  allocation: z.string(),
  job: z.string(),
  tenant: z.string(),
  project: z.string().nullable(),
  site: z.string(),
  gpu_model: z.string(),
  gpu_milli: z.int().meta({ description: 'Thousandths of a GPU, all GPUs together.' }),
  placements: Placements,
  opened_at: Instant,
  closed_at: Instant.nullable().meta({ description: 'Null while it holds its GPUs.' }),
  reason: AllocationEnd.nullable(),
});
const Listing = z.object({
  ...pageQuery,
  job: idOf('job').optional(),
  tenant: idOf('tenant').optional(),
  project: idOf('project').optional(),
  site: idOf('site').optional(),
  status: z.enum(['open', 'closed']).optional(),
});
const ById = z.object({ id: idOf('allocation') });

@Controller()
export class AllocationController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/allocations', summary: 'Stays of jobs on GPUs.', may: 'read-jobs', query: Listing, returns: pageOf(Shown), from: [allocationView] })
  list({ query: { job, tenant, project, site, status, ...paging }, caller }: Asked<undefined, typeof Listing>) {
    const ended = status === undefined ? undefined : status === 'open' ? IsNull() : Not(IsNull());
    return pageOfRows(this.db.getRepository(AllocationRow), 'allocation', paging, equal({ job, tenant, project, site, closed_at: ended }), caller.tenantFilter);
  }

  @Query({ path: '/allocations/{id}', summary: 'One stay of a job on GPUs.', may: 'read-jobs', params: ById, returns: Shown, from: [allocationView] })
  async show({ params: { id }, caller }: Asked<typeof ById>) {
    return ownRow(await this.db.getRepository(AllocationRow).findOneBy({ allocation: id }), caller, { allocation: id });
  }
}
