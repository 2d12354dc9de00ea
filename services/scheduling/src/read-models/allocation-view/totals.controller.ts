import { Controller } from '@nestjs/common';
import { Instant } from '@pioche/kernel';
import { Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { jobView } from '../job-view/job-view.js';
import { allocationView } from './allocation-view.js';

const GpuTime = z.string().regex(/^\d+$/).meta({ description: 'Σ thousandths of a GPU × milliseconds: an integer as a decimal string.' });
const Until = z.object({ until: Instant.optional().meta({ description: 'What was held after it is not counted; absent: now.' }) });
const Totals = z.object({
  until: Instant,
  jobs: z.record(z.string(), z.int()).meta({ description: 'How many jobs have each status now.' }),
  allocations: z.int(),
  allocated_gpu_milli_ms: GpuTime,
  by_tenant: z.array(z.object({ tenant: z.string(), allocations: z.int(), allocated_gpu_milli_ms: GpuTime })),
});

/** Exact: instants are whole milliseconds, and PostgreSQL's numeric does not round. */
const BY_TENANT = `SELECT tenant, count(*)::int AS allocations,
    trunc(sum(gpu_milli * greatest(0, extract(epoch FROM least(coalesce(closed_at, $1), $1) - opened_at) * 1000)))::text AS allocated_gpu_milli_ms
  FROM allocation_view WHERE opened_at < $1 GROUP BY tenant ORDER BY tenant`;
const JOBS = 'SELECT status, count(*)::int AS jobs FROM job_view GROUP BY status ORDER BY status';

@Controller()
export class TotalsController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/totals', summary: 'Jobs by status, and the GPU-time that was held up to a moment.', may: 'read-totals', query: Until, returns: Totals, from: [jobView, allocationView] })
  async totals({ query, now }: Asked<undefined, typeof Until>) {
    const until = query.until ?? now;
    const [jobs, byTenant] = await Promise.all([
      this.db.query<{ status: string; jobs: number }[]>(JOBS),
      this.db.query<z.infer<typeof Totals>['by_tenant']>(BY_TENANT, [until]),
    ]);
    return {
      until,
      jobs: Object.fromEntries(jobs.map((row) => [row.status, row.jobs])),
      allocations: byTenant.reduce((sum, { allocations }) => sum + allocations, 0),
      allocated_gpu_milli_ms: String(byTenant.reduce((sum, row) => sum + BigInt(row.allocated_gpu_milli_ms), 0n)),
      by_tenant: byTenant,
    };
  }
}
