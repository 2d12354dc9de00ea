import { idOf, Instant } from '@pioche/kernel';
import { z } from 'zod';
import { events, type FactOf } from '../define.js';
import { NodeId, SiteId } from '../inventory/place.js';
import { DataClass } from '../sovereignty/custody.js';
import { AllocationId, GpuMilli, MigProfile, PermitGiven, Placements, TimeLimit } from './placement.js';

/** What a job asks for. */
export const JobShape = z.object({
  nodes: z.int().min(1).meta({ description: 'Nodes of the gang: all at once or none.' }),
  gpus_per_node: z.int().min(1).max(32),
  gpu_milli: GpuMilli,
});

const Domain = z.enum(['unit', 'site']);

/** How near to each other the nodes of a gang are: in one rail-aligned scalable unit, or no more than in one site. */
export const Topology = z.object({
  required: Domain.optional().meta({ description: 'In one such domain or not at all; absent: in one site.' }),
  preferred: Domain.optional().meta({ description: 'Where there is a choice; absent: one unit.' }),
});

const EARLIER_ENDS = ['succeeded', 'failed', 'cancelled', 'requeued', 'fenced'] as const;
/** Why an allocation ended. */
export const AllocationEnd = z.enum([...EARLIER_ENDS, 'preempted', 'repaired']);
export type AllocationEnd = z.infer<typeof AllocationEnd>;

export const PreemptionReason = z.enum(['priority', 'guaranteed-quota', 'repair', 'drain']);

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
      mig_profile: MigProfile.optional().meta({ description: 'An instance of this profile on one GPU; `gpu_milli` is then its share of the memory.' }),
      topology: Topology.optional(),
      deadline: Instant.optional().meta({ description: 'It should have ended by then: it is served first when it could else not.' }),
      preemptible: z.boolean().optional().meta({ description: 'Whether it may be asked to make room for others; absent: it may.' }),
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
  JobPreemptionOrdered: {
    version: 1,
    meaning: 'The job is asked to save its progress and to stop; it then waits again.',
    data: z.object({
      allocation,
      reason: PreemptionReason,
      for: idOf('job').optional().meta({ description: 'The job that gets its GPUs; absent: its node is drained.' }),
      stop_by: Instant.meta({ description: 'What has not stopped by then is stopped.' }),
    }),
    example: { allocation: ids.allocation, reason: 'priority', for: 'job_01h2xcejqtf2nbrexx3vqjhp59', stop_by: '2026-11-17T10:02:00.000Z' },
  },
  JobPreempted: {
    version: 1,
    meaning: 'The job has stopped as it was asked to, and waits again at the place of its first arrival.',
    data: z.object({ allocation }),
    example: { allocation: ids.allocation },
  },
  JobRepaired: {
    version: 1,
    meaning: 'The job goes on from its last checkpoint with other nodes in the place of lost ones: as another allocation, which its nodes fetch.',
    data: z.object({
      from: allocation.meta({ description: 'The allocation that ends.' }),
      allocation,
      site: SiteId,
      site_version: z.int().min(0).meta({ description: "Version of the site's plan that the decision was made on; a node refuses an older one." }),
      placements: Placements,
      replaced: z.array(z.object({ node: NodeId, by: NodeId })).min(1),
    }),
    example: {
      from: ids.allocation, allocation: 'allocation_01h2xcejqtf2nbrexx3vqjhp60', site: ids.site, site_version: 14, placements,
      replaced: [{ node: 'node_01h2xcejqtf2nbrexx3vqjhp44', by: 'node_01h2xcejqtf2nbrexx3vqjhp45' }],
    },
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
    version: 2,
    meaning: 'The GPUs are no longer held; the time since `opened_at` is what the allocation costs.',
    data: z.object({ ...metered, reason: AllocationEnd }),
    example: { ...opened, reason: 'succeeded' },
    // 2: an allocation may also end preempted or repaired.
    history: [{ version: 1, data: z.object({ ...metered, reason: z.enum(EARLIER_ENDS) }), upcast: (data) => data }],
  },
});
export type JobEvent = FactOf<typeof jobEvents>;
