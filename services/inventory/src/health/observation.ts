/** What sources tell of GPUs, in one shape. A value that a source does not have is absent. */
import { Instant } from '@pioche/kernel';
import { z } from 'zod';

/** How a source names a GPU; at least one. */
export const GpuRef = z.object({
  serial: z.string().optional(),
  /** 0-based, as the driver counts. */
  index: z.int().min(0).optional(),
  uuid: z.string().optional(),
  /** PCI domain, bus and device: `0000:9b:00`. */
  bus_id: z.string().optional(),
});
export type GpuRef = z.infer<typeof GpuRef>;

/** What the driver says must be done (NVML `nvmlDeviceGpuRecoveryAction_t`, in its order). */
export const RECOVERY_ACTIONS = ['none', 'gpu_reset', 'node_reboot', 'drain_p2p', 'drain_and_reset', 'bus_reset'] as const;
export const RecoveryAction = z.enum([...RECOVERY_ACTIONS, 'unknown']);
export type RecoveryAction = z.infer<typeof RecoveryAction>;

const count = z.int().min(0).optional();
const number = z.number().optional();
const flag = z.boolean().optional();

export const GpuObservation = z.object({
  gpu: GpuRef,
  model: z.string().optional(),
  driver: z.string().optional(),
  /** The maker's own summary (Redfish). */
  health: z.enum(['ok', 'warning', 'critical']).optional(),
  recovery_action: RecoveryAction.optional(),
  /** The last XID since the driver was loaded; 0: none. */
  last_xid: count,
  row_remap_pending: flag,
  row_remap_failure: flag,
  remapped_rows_correctable: count,
  remapped_rows_uncorrectable: count,
  /** Memory banks that have no spare row left. */
  banks_without_spare: count,
  /** DRAM errors that could not be corrected, since the last reset. */
  uncorrected_errors: count,
  sram_threshold_exceeded: flag,
  channel_repair_pending: flag,
  tpc_repair_pending: flag,
  unrepairable_memory: flag,
  temperature_c: number,
  memory_temperature_c: number,
  power_w: number,
  utilization_percent: number,
  memory_total_mib: number,
  memory_used_mib: number,
});
export type GpuObservation = z.infer<typeof GpuObservation>;

export const XidSighting = z.object({
  gpu: GpuRef,
  code: z.int().min(0),
  /** When the source has said so. */
  at: Instant.optional(),
  detail: z.string().optional(),
});
export type XidSighting = z.infer<typeof XidSighting>;

/** What one capture, scrape or log tells. */
export interface Observed {
  readonly gpus: readonly GpuObservation[];
  readonly xids: readonly XidSighting[];
}
