import { z } from 'zod';
import { Instant } from '@pioche/kernel';
import { events } from '../define.js';
import { AlertId, EXAMPLE, GpuId, NodeId, NodeModel } from './place.js';

/** What an open alert means for work on the node, worst first. */
export const AlertClass = z.enum(['prevents_allocation', 'needs_drain', 'watch']);
export type AlertClass = z.infer<typeof AlertClass>;

/** Where an observation comes from. */
export const HealthSource = z.enum(['nvidia_smi', 'nvidia_smi_csv', 'prometheus', 'redfish', 'kernel_log', 'agent']);
export type HealthSource = z.infer<typeof HealthSource>;

const alert = {
  alert: AlertId,
  node: NodeId,
  /** The GPU it is about; absent when it is the node. */
  gpu: GpuId.optional(),
  /** How the source names the GPU, when that is none that the node is known to have. */
  named: z.string().optional(),
  class: AlertClass,
  source: HealthSource,
  /** The condition: `xid_79`, `recovery_action`, `row_remap_failure`, … */
  code: z.string().min(1),
};

export const healthEvents = events('inventory', {
  HealthWatchStarted: {
    version: 1,
    meaning: 'The health of the node is watched, with these GPUs in it; a later one replaces the list.',
    data: z.object({
      node: NodeId,
      model: NodeModel,
      gpus: z.array(z.object({ id: GpuId, index: z.int().min(0), serial: z.string().min(1) })),
    }),
    example: { node: EXAMPLE.node, model: 'DGX H100', gpus: [{ id: EXAMPLE.gpu, index: 0, serial: '1650124014249' }] },
  },
  HealthAlertOpened: {
    version: 1,
    meaning: 'Something is wrong with the node or a GPU of it; the class says whether work may go on.',
    data: z.object({ ...alert, detail: z.string() }),
    example: { alert: EXAMPLE.alert, node: EXAMPLE.node, gpu: EXAMPLE.gpu, class: 'prevents_allocation', source: 'kernel_log', code: 'xid_79', detail: 'ROBUST_CHANNEL_GPU_HAS_FALLEN_OFF_THE_BUS' },
  },
  HealthAlertClosed: {
    version: 1,
    meaning: 'What the alert told of is gone, or a person has dealt with it.',
    data: z.object({ ...alert, reason: z.string(), closed_at: Instant }),
    example: { alert: EXAMPLE.alert, node: EXAMPLE.node, gpu: EXAMPLE.gpu, class: 'prevents_allocation', source: 'kernel_log', code: 'xid_79', reason: 'GPU replaced', closed_at: '2026-11-17T10:00:00.000Z' },
  },
});
