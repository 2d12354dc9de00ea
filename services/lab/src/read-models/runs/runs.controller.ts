import { Controller } from '@nestjs/common';
import { idOf, refuse } from '@pioche/kernel';
import { pageOf, Query, type Asked } from '@pioche/service-kit';
import { DataSource, In } from 'typeorm';
import { z } from 'zod';
import { Listing, listRows, mapPage, scope } from '../listing.js';
import { gpuMicroSeconds, RunJobRow, RunRow, runs } from './runs.js';

const ById = z.object({ run: idOf('run') });
const Runs = Listing.extend({ project: idOf('project').optional(), experiment: z.string().optional(), job: idOf('job').optional() });
const Run = z.object({
  id: z.string(),
  tenant: z.string(),
  project: z.string(),
  experiment: z.string().nullable(),
  job: z.string(),
  name: z.string().nullable(),
  status: z.enum(['queued', 'placed', 'running', 'succeeded', 'failed', 'cancelled', 'fenced']).nullable().meta({ description: "Of its job; null while scheduling's events have not arrived." }),
  reason: z.string().nullable(),
  submitted_at: z.string().nullable(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  gpu_micro_seconds: z.string().meta({ description: 'GPU time held, until now where it is held still: millionths of a GPU-second.' }),
});

@Controller()
export class RunsController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/runs', summary: 'Runs of projects, with what became of their jobs.', may: 'read-lab', query: Runs, returns: pageOf(Run), from: [runs] })
  async listRuns({ query: { page_size, page_token, ...filters }, caller, now }: Asked<undefined, typeof Runs>) {
    const rows = await listRows(this.db, RunRow, 'id', scope(caller, filters), { page_size, page_token });
    const jobs = await this.jobsOf(rows.items);
    return mapPage(rows, (row) => shown(row, jobs.get(row.job), now));
  }

  @Query({ path: '/runs/{run}', summary: 'One run.', may: 'read-lab', params: ById, returns: Run, from: [runs] })
  async showRun({ params: { run }, caller, now }: Asked<typeof ById>) {
    const row = (await this.db.getRepository(RunRow).findOneBy(scope(caller, { id: run }))) ?? refuse('unknown', { run });
    return shown(row, (await this.jobsOf([row])).get(row.job), now);
  }

  private async jobsOf(rows: readonly RunRow[]): Promise<ReadonlyMap<string, RunJobRow>> {
    const jobs = await this.db.getRepository(RunJobRow).findBy({ job: In(rows.map(({ job }) => job)) });
    return new Map(jobs.map((job) => [job.job, job]));
  }
}

function shown({ id, tenant, project, experiment, job }: RunRow, known: RunJobRow | undefined, now: string): z.input<typeof Run> {
  const { name = null, status = null, reason = null, submitted_at = null, started_at = null, ended_at = null } = known ?? {};
  const held = known?.held_since ? gpuMicroSeconds(known.held_gpu_milli, known.held_since, now) : 0n;
  const gpu_micro_seconds = String((known?.gpu_micro_seconds ?? 0n) + held);
  return { id, tenant, project, experiment, job, name, status, reason, submitted_at, started_at, ended_at, gpu_micro_seconds };
}
