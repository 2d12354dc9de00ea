import { z } from 'zod';
import { events } from '../define.js';
import { EXAMPLE, NodeId, PartId, RackId } from './place.js';

export const PartKind = z.enum(['gpu', 'nic', 'psu', 'disk', 'leaf_switch', 'spine_switch', 'ufm_appliance', 'cable']);
export type PartKind = z.infer<typeof PartKind>;

/** What a part is in or plugged into: a node, a rack, or another part (a switch). */
export const PartHost = z.union([NodeId, RackId, PartId]);
export type PartHost = z.infer<typeof PartHost>;

/** One place: the host and the slot or port of it. */
export const PartPlace = z.object({ host: PartHost, slot: z.string().min(1) });
export type PartPlace = z.infer<typeof PartPlace>;

export const partEvents = events('inventory', {
  PartRegistered: {
    version: 1,
    meaning: 'A serial number is known; wherever this part goes is told in this stream.',
    data: z.object({
      kind: PartKind,
      model: z.string().min(1),
      serial: z.string().min(1),
      /** What people call it, as its label says: a switch has a name. */
      name: z.string().min(1).optional(),
    }),
    example: { kind: 'gpu', model: 'NVIDIA H100 80GB HBM3', serial: '1650124014249' },
  },
  PartInstalled: {
    version: 1,
    meaning: 'The part is in this slot of this host; a cable also has its far end.',
    data: z.object({ ...PartPlace.shape, far_end: PartPlace.optional() }),
    example: { host: EXAMPLE.node, slot: 'GPU_SXM_1' },
  },
  PartRemoved: {
    version: 1,
    meaning: 'The part is no longer there and may be installed elsewhere.',
    data: z.object({ ...PartPlace.shape, reason: z.string().min(1) }),
    example: { host: EXAMPLE.node, slot: 'GPU_SXM_1', reason: 'row remapping failed' },
  },
});
