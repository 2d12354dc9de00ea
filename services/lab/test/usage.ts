/** What other contexts tell the lab, as its specs need it. */
import { jobEvents, usageEvents, type AllocationEnd, type FactOf, type UsageSlice } from '@pioche/contracts';
import { derivedId, type Id } from '@pioche/kernel';

export const TENANT = 'tenant_01h2xcejqtf2nbrexx3vqjhp41';
export const OTHER_TENANT = 'tenant_01h2xcejqtf2nbrexx3vqjhp42';
export const MODEL = 'NVIDIA H100 80GB HBM3';

type Rated = Extract<FactOf<typeof usageEvents>, { type: 'UsageRated' }>;
const example = usageEvents.events.UsageRated.data.parse(usageEvents.events.UsageRated.example);

/** A slice of somebody's usage; by default an hour of eight GPUs on 17 November. */
export function rated(slice: Partial<UsageSlice>): Rated {
  const tenant = slice.tenant ?? TENANT;
  return { type: 'UsageRated', data: { ...example, tenant, account: derivedId('account', tenant), ...slice } };
}

type JobFact = FactOf<typeof jobEvents>;
const metered = (job: Id<'job'>, project: Id<'project'> | undefined) =>
  ({ allocation: derivedId('allocation', job), job, tenant: TENANT, ...(project && { project }), gpu_model: MODEL, gpu_milli: 8000 }) as const;

export const submitted = (tenant: Id<'tenant'>, project?: Id<'project'>): JobFact => ({
  type: 'JobSubmitted',
  data: { tenant, queue: 'queue_01h2xcejqtf2nbrexx3vqjhp41', name: 'pretrain-7b', ...(project && { project }), nodes: 1, gpus_per_node: 8, gpu_milli: 1000, priority: 0, data_class: 'internal' },
});

export const opened = (job: Id<'job'>, project: Id<'project'>, at: string): JobFact => ({
  type: 'AllocationOpened',
  data: { ...metered(job, project), opened_at: at, site: 'site_01h2xcejqtf2nbrexx3vqjhp41', placements: [{ node: 'node_01h2xcejqtf2nbrexx3vqjhp41', gpus: ['gpu_01h2xcejqtf2nbrexx3vqjhp41'] }] },
});

export const started = (job: Id<'job'>): JobFact => ({ type: 'JobStarted', data: { allocation: derivedId('allocation', job) } });

export const succeeded = (job: Id<'job'>, project: Id<'project'>, openedAt: string): JobFact[] => [
  { type: 'JobSucceeded', data: { allocation: derivedId('allocation', job) } },
  closed(job, project, openedAt, 'succeeded'),
];

const closed = (job: Id<'job'>, project: Id<'project'>, openedAt: string, reason: AllocationEnd): JobFact => ({ type: 'AllocationClosed', data: { ...metered(job, project), opened_at: openedAt, reason } });

export const askedToStop = (job: Id<'job'>): JobFact => ({ type: 'JobPreemptionOrdered', data: { ...jobEvents.events.JobPreemptionOrdered.data.parse(jobEvents.events.JobPreemptionOrdered.example), allocation: derivedId('allocation', job) } });

export const preempted = (job: Id<'job'>, project: Id<'project'>, openedAt: string): JobFact[] => [
  { type: 'JobPreempted', data: { allocation: derivedId('allocation', job) } },
  closed(job, project, openedAt, 'preempted'),
];

/** It goes on with another node, from that moment on. */
export const repaired = (job: Id<'job'>, project: Id<'project'>, openedAt: string, at: string): JobFact[] => [
  { type: 'JobRepaired', data: jobEvents.events.JobRepaired.data.parse(jobEvents.events.JobRepaired.example) },
  closed(job, project, openedAt, 'repaired'),
  opened(job, project, at),
];
