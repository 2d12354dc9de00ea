import { Controller } from '@nestjs/common';
import { idOf, Instant } from '@pioche/kernel';
import { equal, ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource, In } from 'typeorm';
import { z } from 'zod';
import { tenantQuery } from '../scope.js';
import { gpuMicroSeconds, RunJobRow, RunRow, runView } from './run-view.js';

const Job = z.object({
  job: z.string(),
  name: z.string(),
  status: z.enum(['queued', 'placed', 'running', 'checkpointing', 'succeeded', 'failed', 'cancelled', 'fenced']),
  reason: z.string().nullable(),
  submitted_at: Instant,
  started_at: Instant.nullable().meta({ description: 'Of the first time that it ran.' }),
  ended_at: Instant.nullable(),
  gpu_micro_seconds: z.string().meta({ description: 'GPU time held, until now where it still is: millionths of a GPU-second.' }),
});
/** A run may be known a moment before its job is. */
const Shown = z.object({ run: z.string(), version: z.int(), tenant: z.string(), project: z.string(), experiment: z.string().nullable(), ...Job.partial().required({ job: true }).shape });

const Listing = z.object({ ...pageQuery, ...tenantQuery, project: idOf('project').optional(), experiment: z.string().optional(), job: idOf('job').optional() });
const ById = z.object({ id: idOf('run') });

@Controller()
export class RunController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/runs', summary: 'Runs of projects, and what becomes of their jobs.', may: 'read-lab', query: Listing, returns: pageOf(Shown), from: [runView] })
  async list({ query: { page_size, page_token, ...asked }, caller, now }: Asked<undefined, typeof Listing>) {
    const rows = await pageOfRows(this.db.getRepository(RunRow), 'run', { page_size, page_token }, equal(asked), caller.tenantFilter);
    const jobs = await this.jobsOf(rows.items, now);
    return { ...rows, items: rows.items.map(({ job, ...row }) => ({ ...row, job, ...jobs.get(job) })) };
  }

  @Query({ path: '/runs/{id}', summary: 'One run.', may: 'read-lab', params: ById, returns: Shown, from: [runView] })
  async show({ params: { id }, caller, now }: Asked<typeof ById>) {
    const { job, ...row } = ownRow(await this.db.getRepository(RunRow).findOneBy({ run: id }), caller, { run: id });
    return { ...row, job, ...(await this.jobsOf([{ job }], now)).get(job) };
  }

  private async jobsOf(rows: readonly Pick<RunRow, 'job'>[], now: Instant): Promise<ReadonlyMap<string, z.input<typeof Job>>> {
    const jobs = await this.db.getRepository(RunJobRow).findBy({ job: In(rows.map(({ job }) => job)) });
    return new Map(jobs.map((job) => [job.job, shownJob(job, now)]));
  }
}

function shownJob({ tenant: _tenant, held_gpu_milli, held_since, gpu_micro_seconds, ...job }: RunJobRow, now: Instant): z.input<typeof Job> {
  const held = held_since === null ? 0n : gpuMicroSeconds(held_gpu_milli, held_since, now);
  return { ...job, gpu_micro_seconds: String(gpu_micro_seconds + held) };
}
