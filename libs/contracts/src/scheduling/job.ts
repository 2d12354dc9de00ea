import { idOf, Instant } from '@pioche/kernel';
import { z } from 'zod';
import { events, type FactOf } from '../define.js';
import { SiteId } from '../inventory/place.js';
import { DataClass } from '../sovereignty/custody.js';
import { AllocationId, GpuMilli, PermitGiven, Placements, TimeLimit } from './placement.js';

/** What a job asks for. */
export const JobShape = z.object({
  nodes: z.int().min(1).meta({ description: 'Nodes of the gang: all at once or none.' }),
  gpus_per_node: z.int().min(1).max(32),
  gpu_milli: GpuMilli,
});

/** Why an allocation ended. */
export const AllocationEnd = z.enum(['succeeded', 'failed', 'cancelled', 'requeued', 'fenced']);
export type AllocationEnd = z.infer<typeof AllocationEnd>;

const allocation = AllocationId;
const reason = z.string().min(1);
const metered = {
  allocation,
  job: idOf('job'),
  tenant: idOf('tenant'),
  project: idOf('project').optional(),
  opened_at: Instant,
  gpu_model: z.string().min(1),
  gpu_milli: z.int().min(1).meta({ description: 'Thousandths of a GPU, all GPUs of the allocation together.' }),
};

const ids = {
  allocation: 'allocation_01h2xcejqtf2nbrexx3vqjhp51',
  job: 'job_01h2xcejqtf2nbrexx3vqjhp52',
  tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41',
  site: 'site_01h2xcejqtf2nbrexx3vqjhp41',
} as const;
const placements: z.infer<typeof Placements> = [
  { node: 'node_01h2xcejqtf2nbrexx3vqjhp45', gpus: ['gpu_01h2xcejqtf2nbrexx3vqjhp46'] },
];
const opened = { allocation: ids.allocation, job: ids.job, tenant: ids.tenant, opened_at: '2026-11-17T09:00:01.000Z', gpu_model: 'NVIDIA H100 80GB HBM3', gpu_milli: 1000 };

export const jobEvents = events('scheduling', {
  JobSubmitted: {
    version: 1,
    meaning: 'The job is in its queue and waits for GPUs.',
    data: JobShape.extend({
      tenant: idOf('tenant'),
      queue: idOf('queue'),
      name: z.string().min(1),
      project: idOf('project').optional(),
      priority: z.int().meta({ description: 'Within its queue; higher is served first.' }),
      time_limit_s: TimeLimit.optional().meta({ description: "Seconds; absent: the queue's default." }),
      data_class: DataClass,
      site: SiteId.optional().meta({ description: 'Only this site; absent: any site that is permitted.' }),
      gpu_model: z.string().min(1).optional().meta({ description: 'Only this model; absent: any.' }),
    }),
    example: { tenant: ids.tenant, queue: 'queue_01h2xcejqtf2nbrexx3vqjhp53', name: 'pretrain-7b', nodes: 1, gpus_per_node: 1, gpu_milli: 1000, priority: 0, time_limit_s: 3600, data_class: 'internal' },
  },
  JobPlaced: {
    version: 1,
    meaning: 'The scheduler has chosen the exact GPUs; their nodes fetch the assignment.',
    data: z.object({
      allocation,
      site: SiteId,
      site_version: z.int().min(0).meta({ description: "Version of the site's plan that the decision was made on; a node refuses an older one." }),
      time_limit_s: TimeLimit,
      placements: Placements,
      permit: PermitGiven,
    }),
    example: { allocation: ids.allocation, site: ids.site, site_version: 12, time_limit_s: 3600, placements, permit: { policy: 'policy_01h2xcejqtf2nbrexx3vqjhp42', policy_version: 3, rules: ['placement-baseline'] } },
  },
  AllocationOpened: {
    version: 1,
    meaning: 'From now on these GPUs are held for the job; metering starts.',
    data: z.object({ ...metered, site: SiteId, placements: Placements }),
    example: { ...opened, site: ids.site, placements },
  },
  JobStarted: {
    version: 1,
    meaning: "The job's processes run on all its nodes.",
    data: z.object({ allocation }),
    example: { allocation: ids.allocation },
  },
  JobCheckpointed: {
    version: 1,
    meaning: 'The job has saved its progress: a later start continues from there.',
    data: z.object({ allocation, checkpoint: z.int().min(1).meta({ description: 'Counts the checkpoints of the allocation, from 1.' }) }),
    example: { allocation: ids.allocation, checkpoint: 1 },
  },
  JobRequeued: {
    version: 1,
    meaning: 'The job has lost its GPUs and waits again, at the place of its first arrival.',
    data: z.object({ allocation, reason }),
    example: { allocation: ids.allocation, reason: 'node quarantined' },
  },
  JobSucceeded: {
    version: 1,
    meaning: 'The job has ended by itself and well.',
    data: z.object({ allocation }),
    example: { allocation: ids.allocation },
  },
  JobFailed: {
    version: 1,
    meaning: 'The job has ended badly: its own fault, its time limit or that of its node.',
    data: z.object({ allocation, reason }),
    example: { allocation: ids.allocation, reason: 'exit code 1' },
  },
  JobCancelled: {
    version: 1,
    meaning: 'Its owner does not want the job any more.',
    data: z.object({}),
    example: {},
  },
  JobFenced: {
    version: 1,
    meaning: "The tenant's switch has stopped the job.",
    data: z.object({ switch: idOf('switch') }),
    example: { switch: 'switch_01h2xcejqtf2nbrexx3vqjhp54' },
  },
  AllocationClosed: {
    version: 1,
    meaning: 'The GPUs are no longer held; the time since `opened_at` is what the allocation costs.',
    data: z.object({ ...metered, reason: AllocationEnd }),
    example: { ...opened, reason: 'succeeded' },
  },
});
export type JobEvent = FactOf<typeof jobEvents>;
