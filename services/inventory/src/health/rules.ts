/** What an observation means for work on the node. */
import type { AlertClass } from '@pioche/contracts';
import type { GpuObservation, RecoveryAction } from './observation.js';
import { xidOf, type XidAction } from './xid-catalogue.js';

/**
 * NVIDIA's action → class. Where only a reset, a restart or hands bring the GPU back, nothing can be allocated; where the
 * maker must look at it, jobs may end first; where the program is at fault or nothing is to be done, it is kept in view.
 */
export const CLASS_OF_XID_ACTION: Readonly<Record<XidAction, AlertClass>> = {
  restart_machine: 'prevents_allocation',
  check_mechanicals: 'prevents_allocation',
  reset_gpu: 'prevents_allocation',
  xid_48_workflow: 'prevents_allocation',
  nvlink_workflow: 'needs_drain',
  nvlink5_workflow: 'needs_drain',
  restart_vm: 'needs_drain',
  update_software: 'needs_drain',
  contact_support: 'needs_drain',
  none_given: 'needs_drain',
  // 154 only announces the recovery action, which is judged by itself; 45 cleans up after another XID.
  see_recovery_action: 'watch',
  xid_45_workflow: 'watch',
  check_uvm: 'watch',
  restart_app: 'watch',
  ignore: 'watch',
};

const CLASS_OF_RECOVERY: Readonly<Record<RecoveryAction, AlertClass | null>> = {
  none: null,
  gpu_reset: 'prevents_allocation',
  bus_reset: 'prevents_allocation',
  node_reboot: 'prevents_allocation',
  drain_p2p: 'needs_drain',
  // It still works, with less: jobs may end before the reset.
  drain_and_reset: 'needs_drain',
  unknown: 'needs_drain',
};

export interface Verdict {
  readonly code: string;
  /** null: the condition is not there. */
  readonly class: AlertClass | null;
  readonly detail: string;
}

/** An XID that is not in the catalogue is treated like one that the maker must look at. */
export function verdictOfXid(code: number, said?: string): Verdict {
  const xid = xidOf(code);
  const detail = [xid?.mnemonic ?? 'not in the catalogue', said].filter(Boolean).join(': ');
  return { code: `xid_${code}`, class: xid ? CLASS_OF_XID_ACTION[xid.action] : 'needs_drain', detail };
}

/** Flags and counts that are a condition while they stand. Row remapping: NVIDIA, GPU memory error management, 2024. */
const CONDITIONS: readonly { readonly of: keyof GpuObservation; readonly class: AlertClass; readonly detail: string }[] = [
  { of: 'row_remap_failure', class: 'prevents_allocation', detail: 'no spare row was left for a failed one: replace the GPU' },
  { of: 'unrepairable_memory', class: 'prevents_allocation', detail: 'memory that cannot be repaired: replace the GPU' },
  { of: 'row_remap_pending', class: 'needs_drain', detail: 'rows are remapped at the next reset' },
  { of: 'channel_repair_pending', class: 'needs_drain', detail: 'a memory channel is repaired at the next reset' },
  { of: 'tpc_repair_pending', class: 'needs_drain', detail: 'a processing cluster is repaired at the next reset' },
  { of: 'sram_threshold_exceeded', class: 'needs_drain', detail: 'too many uncorrectable SRAM errors: ask for a replacement' },
  { of: 'uncorrected_errors', class: 'watch', detail: 'memory errors that could not be corrected since the last reset' },
  { of: 'banks_without_spare', class: 'watch', detail: 'memory banks without a spare row' },
];

/** A verdict on everything that the observation has a value for; what it says nothing about is not judged. */
export function verdictsOf(observed: GpuObservation): Verdict[] {
  const verdicts: Verdict[] = CONDITIONS.flatMap((condition) => {
    const value = observed[condition.of];
    return value === undefined ? [] : [{ code: condition.of, class: value ? condition.class : null, detail: condition.detail }];
  });
  const { recovery_action: action, health } = observed;
  if (action !== undefined) verdicts.push({ code: 'recovery_action', class: CLASS_OF_RECOVERY[action], detail: `the driver asks for ${action}` });
  if (health !== undefined) {
    const classOf = { ok: null, warning: 'watch', critical: 'prevents_allocation' } as const;
    verdicts.push({ code: 'health', class: classOf[health], detail: `the management controller says ${health}` });
  }
  return verdicts;
}

/** A node needs so many of its power supplies; fewer than are fitted is worth a look. */
export function verdictOfPower(live: number, supplies: { readonly fitted: number; readonly needed: number }): Verdict {
  const alertClass = live < supplies.needed ? 'prevents_allocation' : live < supplies.fitted ? 'watch' : null;
  return { code: 'power_supplies', class: alertClass, detail: `${live} of ${supplies.fitted} power supplies live, ${supplies.needed} needed` };
}
