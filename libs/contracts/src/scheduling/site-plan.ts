import { idOf, Instant } from '@pioche/kernel';
import { z } from 'zod';
import { events, type FactOf } from '../define.js';
import { GpuId, NodeId, RackId, SiteId, siteFacts } from '../inventory/place.js';
import { CountryCode, DataClass } from '../sovereignty/custody.js';
import { AllocationId, GpuMilli, MigProfile, Placements } from './placement.js';

const tenant = idOf('tenant');
const policy = idOf('policy');
const reason = z.string().min(1);
const barred = z.object({ tenant, switch: idOf('switch') });
const reservation = idOf('reservation');

export const AdmittedNode = z.object({
  node: NodeId,
  site: SiteId,
  name: z.string().min(1),
  rack: RackId,
  scalable_unit: z.int().min(1),
  ...siteFacts,
  gpus: z.array(z.object({ id: GpuId, index: z.int().min(0), model: z.string().min(1), rail: z.int().min(0) })).min(1).max(32),
});

/** A placement as the site's plan keeps it. */
export const PlannedAllocation = z.object({
  job: idOf('job'),
  tenant,
  allocation: AllocationId,
  gpu_milli: GpuMilli,
  mig_profile: MigProfile.optional().meta({ description: 'It holds an instance of this profile.' }),
  placements: Placements,
});
export type PlannedAllocation = z.infer<typeof PlannedAllocation>;

const ids = {
  node: 'node_01h2xcejqtf2nbrexx3vqjhp45',
  gpu: 'gpu_01h2xcejqtf2nbrexx3vqjhp46',
  tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41',
  switch: 'switch_01h2xcejqtf2nbrexx3vqjhp54',
  policy: 'policy_01h2xcejqtf2nbrexx3vqjhp42',
  allocation: 'allocation_01h2xcejqtf2nbrexx3vqjhp51',
  job: 'job_01h2xcejqtf2nbrexx3vqjhp52',
  reservation: 'reservation_01h2xcejqtf2nbrexx3vqjhp55',
  site: 'site_01h2xcejqtf2nbrexx3vqjhp41',
} as const;

export const sitePlanEvents = events('scheduling', {
  NodeAdmitted: {
    version: 1,
    meaning: 'Jobs may be placed on the node, with these GPUs. A later one replaces it.',
    data: AdmittedNode,
    example: {
      node: ids.node, site: ids.site, name: 'p1-su1-n01', rack: 'rack_01h2xcejqtf2nbrexx3vqjhp44', scalable_unit: 1,
      country: 'FR', jurisdiction: 'FR', certifications: ['SecNumCloud'], gpus: [{ id: ids.gpu, index: 0, model: 'NVIDIA H100 80GB HBM3', rail: 0 }],
    },
  },
  NodeCordoned: {
    version: 1,
    meaning: 'Nothing new is placed on the node; what runs there goes on until the deadline.',
    data: z.object({ node: NodeId, reason, deadline: Instant.optional().meta({ description: 'What still runs there then is stopped and goes back to its queue; a grace before it, it is asked to save its progress.' }) }),
    example: { node: ids.node, reason: 'XID 48 on GPU 3', deadline: '2026-11-18T09:00:00.000Z' },
  },
  NodeWithdrawn: {
    version: 1,
    meaning: 'The node is out: its jobs go on with a spare node, or back to their queues.',
    data: z.object({ node: NodeId, reason }),
    example: { node: ids.node, reason: 'XID 79 on GPU 3' },
  },
  PolicyReplicated: {
    version: 1,
    meaning: 'From now on placements are decided by this text, in place of the former text of the same policy.',
    data: z.object({ policy, policy_version: z.int().positive(), text: z.string() }),
    example: { policy: ids.policy, policy_version: 1, text: '@id("placement-baseline") permit (principal, action, resource);' },
  },
  PolicyWithdrawn: {
    version: 1,
    meaning: 'The policy decides no placement any more: another has taken its place.',
    data: z.object({ policy }),
    example: { policy: ids.policy },
  },
  TenantReplicated: {
    version: 1,
    meaning: 'What policies may ask about the tenant: its country, and the classes of data that it may process.',
    data: z.object({ tenant, country: CountryCode, data_classes: z.array(DataClass) }),
    example: { tenant: ids.tenant, country: 'FR', data_classes: ['internal', 'health'] },
  },
  TenantBarred: {
    version: 1,
    meaning: 'Nothing of the tenant is placed while this switch is off.',
    data: barred,
    example: { tenant: ids.tenant, switch: ids.switch },
  },
  TenantUnbarred: {
    version: 1,
    meaning: 'This switch is on again; the tenant is placed unless another one bars it.',
    data: barred,
    example: { tenant: ids.tenant, switch: ids.switch },
  },
  AllocationsReleased: {
    version: 1,
    meaning: 'The plan has taken note that these allocations are closed: their GPUs may be placed again.',
    data: z.object({ allocations: z.array(AllocationId).min(1) }),
    example: { allocations: [ids.allocation] },
  },
  PlacementsDecided: {
    version: 1,
    meaning: 'One batch of decisions, made on the version of the plan before it.',
    data: z.object({ placements: z.array(PlannedAllocation).min(1) }),
    example: {
      placements: [{ job: ids.job, tenant: ids.tenant, allocation: ids.allocation, gpu_milli: 1000, placements: [{ node: ids.node, gpus: [ids.gpu] }] }],
    },
  },
  PreemptionsDecided: {
    version: 1,
    meaning: 'These jobs are asked to make room, on the version of the plan before it; they hold their GPUs until they have stopped.',
    data: z.object({ preemptions: z.array(z.object({ job: idOf('job'), allocation: AllocationId })).min(1) }),
    example: { preemptions: [{ job: ids.job, allocation: ids.allocation }] },
  },
  NodesReserved: {
    version: 1,
    meaning: 'The nodes are kept for the tenant, or for maintenance: only what ends before `from` or begins after `to`, and what is the tenant’s, is placed there.',
    data: z.object({
      reservation,
      site: SiteId,
      name: z.string().min(1),
      tenant: tenant.optional().meta({ description: 'Absent: for nobody.' }),
      nodes: z.array(NodeId).min(1),
      from: Instant,
      to: Instant,
    }),
    example: { reservation: ids.reservation, site: ids.site, name: 'firmware', nodes: [ids.node], from: '2026-11-20T06:00:00.000Z', to: '2026-11-20T12:00:00.000Z' },
  },
  ReservationEnded: {
    version: 1,
    meaning: 'Nothing is kept by this reservation any more.',
    data: z.object({ reservation }),
    example: { reservation: ids.reservation },
  },
  PowerCapSet: {
    version: 1,
    meaning: 'The GPUs that jobs hold in the site draw no more than this together, from the next placement on; what runs goes on.',
    data: z.object({
      site: SiteId,
      max_watts: z.int().min(0),
      gpu_watts: z.array(z.object({ gpu_model: z.string().min(1), watts: z.int().min(1) })).min(1).meta({ description: 'Watts of a whole GPU of a model; one that is not listed counts as the hungriest that is.' }),
    }),
    example: { site: ids.site, max_watts: 700_000, gpu_watts: [{ gpu_model: 'NVIDIA H100 80GB HBM3', watts: 700 }] },
  },
  PowerCapLifted: {
    version: 1,
    meaning: 'The site has no power cap any more.',
    data: z.object({ site: SiteId }),
    example: { site: ids.site },
  },
});
export type SitePlanEvent = FactOf<typeof sitePlanEvents>;
