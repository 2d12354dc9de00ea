import { Instant } from '@pioche/kernel';
import { z } from 'zod';
import { events } from '../define.js';
import { EXAMPLE, GpuId, NodeModel, PartId, RackId, RackUnit, SiteId, siteFacts, SuperpodId } from './place.js';

export const NodeStatus = z.enum([
  'ordered', 'received', 'racked', 'commissioning', 'burn_in', 'in_service', 'draining', 'quarantined', 'under_repair',
  'rma_opened', 'rma_shipped', 'replacement_received', 'decommissioning', 'retired',
]);
export type NodeStatus = z.infer<typeof NodeStatus>;

/** A GPU as it was found in the node, with the rail it is on and the leaf switch that this rail hangs on. */
export const InstalledGpu = z.object({
  id: GpuId,
  /** 0-based, as the driver counts. */
  index: z.int().min(0),
  model: z.string().min(1),
  serial: z.string().min(1),
  memory_gib: z.int().positive(),
  rail: z.int().min(0),
  leaf: PartId,
});
export type InstalledGpu = z.infer<typeof InstalledGpu>;

export const ServiceGpu = InstalledGpu.pick({ id: true, index: true, model: true, memory_gib: true, rail: true });

const identity = {
  site: SiteId,
  superpod: SuperpodId.optional(),
  name: z.string().min(1),
  model: NodeModel,
  /** 1-based; what shares leaf switches. */
  scalable_unit: z.int().min(1),
  /** 0-based place in the topology: neighbours have near ranks. */
  rank: z.int().min(0),
  ...siteFacts,
};

/** When the node should have left the state that this event begins; later is a breach. Absent: it may stay. */
const due = Instant.optional();

const reason = z.string().min(1);
const h100 = { id: EXAMPLE.gpu, index: 0, model: 'NVIDIA H100 80GB HBM3', memory_gib: 80, rail: 0 } as const;
const place = { site: EXAMPLE.site, superpod: EXAMPLE.superpod, name: 'p1-su1-n01', model: 'DGX H100', scalable_unit: 1, rank: 0, country: 'FR', jurisdiction: 'FR', certifications: ['SecNumCloud'] } as const;
const example = { ...place, certifications: [...place.certifications] };
const later = '2026-11-20T10:00:00.000Z';

export const nodeEvents = events('inventory', {
  NodeOrdered: {
    version: 1,
    meaning: 'The node is bought; the capacity plan counts on it.',
    data: z.object({ ...identity, due }),
    example: { ...example, due: later },
  },
  NodeReceived: {
    version: 1,
    meaning: 'The node is on the site, with this serial number on its chassis.',
    data: z.object({ serial: z.string().min(1), due }),
    example: { serial: 'DGX-4F2A', due: later },
  },
  NodeRacked: {
    version: 1,
    meaning: 'The node is in the rack, from this unit up.',
    data: z.object({ rack: RackId, unit: RackUnit, due }),
    example: { rack: EXAMPLE.rack, unit: 1, due: later },
  },
  NodeCommissioningStarted: {
    version: 1,
    meaning: 'What is in the node agrees with the bill of materials of its model; firmware and cabling are being checked.',
    data: z.object({ gpus: z.array(InstalledGpu), due }),
    example: { gpus: [{ ...h100, serial: '1650124014249', leaf: EXAMPLE.leaf }], due: later },
  },
  NodeBurnInStarted: {
    version: 1,
    meaning: 'The node works under full load and is not in service before the end.',
    data: z.object({
      hours: z.int().min(0),
      ends_at: Instant,
      /** All GPUs that are in it now, when a repair has changed some. */
      gpus: z.array(InstalledGpu).optional(),
      due,
    }),
    example: { hours: 72, ends_at: later, due: later },
  },
  NodePutInService: {
    version: 1,
    meaning: 'Jobs may be placed on the node. It carries all that a scheduler needs; after a drain it comes again.',
    data: z.object({ ...identity, rack: RackId, unit: RackUnit, gpus: z.array(ServiceGpu) }),
    example: { ...example, rack: EXAMPLE.rack, unit: 1, gpus: [h100] },
  },
  NodeDrainStarted: {
    version: 1,
    meaning: 'No new job may be placed on the node; running ones end or are moved by the deadline.',
    data: z.object({ reason, deadline: Instant }),
    example: { reason: 'XID 48 on GPU 3', deadline: later },
  },
  NodeQuarantined: {
    version: 1,
    meaning: 'Nothing runs on the node any more; its jobs go on elsewhere, or back to the queue.',
    data: z.object({ reason, due }),
    example: { reason: 'XID 79 on GPU 3', due: later },
  },
  NodeRepairStarted: {
    version: 1,
    meaning: 'A technician works on the node.',
    data: z.object({ due }),
    example: { due: later },
  },
  NodeRmaOpened: {
    version: 1,
    meaning: 'The maker has been asked to take the node back.',
    data: z.object({ rma: z.string().min(1), reason, due }),
    example: { rma: 'RMA-2026-118', reason: 'baseboard', due: later },
  },
  NodeRmaShipped: {
    version: 1,
    meaning: 'The node has left for the maker.',
    data: z.object({ tracking: z.string().min(1), due }),
    example: { tracking: '1Z999', due: later },
  },
  NodeReplacementReceived: {
    version: 1,
    meaning: 'Another machine has come in its stead; it keeps the name and must be racked.',
    data: z.object({ serial: z.string().min(1), due }),
    example: { serial: 'DGX-9C01', due: later },
  },
  NodeDecommissioningStarted: {
    version: 1,
    meaning: 'The node is taken out for good; its disks are being erased.',
    data: z.object({ reason, due }),
    example: { reason: 'end of lease', due: later },
  },
  NodeRetired: {
    version: 1,
    meaning: 'The node is gone, and there is proof that nothing is left on it.',
    data: z.object({ erasure_proof: z.string().min(1).meta({ description: 'Reference of the erasure certificate.' }) }),
    example: { erasure_proof: 'NIST-800-88/2026/0412' },
  },
  NodeSlaBreached: {
    version: 1,
    meaning: 'The node has been in this status for longer than agreed; told once.',
    data: z.object({ status: NodeStatus, due: Instant }),
    example: { status: 'under_repair', due: later },
  },
});
