import { Controller } from '@nestjs/common';
import { MigProfile, PermitGiven, Topology } from '@pioche/contracts';
import { EventStore } from '@pioche/event-store';
import { idOf, Instant, instant } from '@pioche/kernel';
import { rowsAfter } from '@pioche/projections';
import { asOfQuery, equal, ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Dispatcher } from '../../dispatch/dispatcher.js';
import { JOB_LIFE, type JobStatus } from '../../job/job.js';
import { askedAtMs } from '../../queries/what-if/asked-at.js';
import { seenBy } from '../../queries/what-if/seen-by.js';
import { JobRow, jobView } from './job-view.js';

const Status = z.enum(Object.keys(JOB_LIFE) as [JobStatus, ...JobStatus[]]);
const Shown = z.object({
  job: z.string(),
  version: z.int(),
  tenant: z.string(),
  queue: z.string(),
  name: z.string(),
  project: z.string().nullable(),
  status: Status,
  nodes: z.int(),
  gpus_per_node: z.int(),
  gpu_milli: z.int().meta({ description: 'Thousandths of each GPU.' }),
  priority: z.int(),
  time_limit_s: z.int().nullable(),
  data_class: z.string(),
  site: z.string().nullable(),
  gpu_model: z.string().nullable(),
  mig_profile: MigProfile.nullable(),
  topology: Topology.nullable(),
  deadline: Instant.nullable(),
  preemptible: z.boolean(),
  submitted_at: Instant,
  placed_at: Instant.nullable(),
  started_at: Instant.nullable(),
  ended_at: Instant.nullable(),
  allocation: z.string().nullable().meta({ description: 'The last one.' }),
  permit: PermitGiven.nullable().meta({ description: 'By what right it was placed, the last time.' }),
  checkpoints: z.int().meta({ description: 'Of the last allocation.' }),
  requeues: z.int(),
  stop_by: Instant.nullable().meta({ description: 'It is asked to save its progress and to stop by then.' }),
  preemptions: z.int().meta({ description: 'How often it has stopped to make room.' }),
  repairs: z.int().meta({ description: 'How often it has gone on with other nodes in the place of lost ones.' }),
  reason: z.string().nullable(),
});
const Listing = z.object({
  ...pageQuery,
  status: Status.optional(),
  tenant: idOf('tenant').optional(),
  project: idOf('project').optional(),
  queue: idOf('queue').optional(),
});
const ById = z.object({ id: idOf('job') });
const AsOf = z.object(asOfQuery);
const Why = z.object({
  job: z.string(),
  status: Status,
  reasons: z
    .array(z.object({ code: z.string(), text: z.string(), details: z.record(z.string(), z.unknown()) }))
    .meta({ description: 'The fewest things that stand in the way: without all of them it would start now. Empty: it starts with the next plan, or it does not wait.' }),
  estimated_start: Instant.nullable().meta({ description: 'By the time limits of what runs; null when it cannot start as things are, or does not wait.' }),
});

@Controller()
export class JobController {
  constructor(
    private readonly db: DataSource,
    private readonly store: EventStore,
    private readonly dispatcher: Dispatcher,
  ) {}

  @Query({ path: '/jobs', summary: 'Jobs, in the order of their ids.', may: 'read-jobs', query: Listing, returns: pageOf(Shown), from: [jobView] })
  list({ query: { status, tenant, project, queue, ...paging }, caller }: Asked<undefined, typeof Listing>) {
    return pageOfRows(this.db.getRepository(JobRow), 'job', paging, equal({ status, tenant, project, queue }), caller.tenantFilter);
  }

  @Query({ path: '/jobs/{id}', summary: 'One job, now or as it was.', may: 'read-jobs', params: ById, query: AsOf, returns: Shown, from: [jobView] })
  async show({ params: { id }, query: { as_of: asOf }, caller }: Asked<typeof ById, typeof AsOf>) {
    const row = asOf === undefined
      ? await this.db.getRepository(JobRow).findOneBy({ job: id })
      : rowsAfter(jobView, JobRow, await this.store.read(id, { asOf }))[0];
    return ownRow(row, caller, { job: id });
  }

  @Query({ path: '/jobs/{id}/why', summary: 'Why the job waits, and until when.', may: 'read-jobs', params: ById, returns: Why, from: [jobView] })
  async why({ params: { id }, caller, after }: Asked<typeof ById>) {
    const { status } = ownRow(await this.db.getRepository(JobRow).findOneBy({ job: id }), caller, { job: id });
    const picture = await this.dispatcher.picture(after.get('scheduling'));
    const why = picture.engine.why(id, askedAtMs(this.dispatcher.now));
    const estimate = why?.estimatedStartMs;
    return { job: id, status, reasons: seenBy(caller.tenant, picture).reasons(why?.reasons ?? []), estimated_start: estimate === undefined ? null : instant(estimate) };
  }
}
