/** A Prometheus scrape of the DCGM exporter (`DCGM_FI_…`) or of nvidia_gpu_exporter (`nvidia_smi_…`). */
import type { GpuObservation, Observed } from '../observation.js';
import { observationOf, refOf, type Names, type RefNames } from '../reading.js';
import { textOf } from '../values.js';

const MIB = 1024 * 1024;

/** What a metric must be multiplied with to have the field's unit; 1 where it is not named. */
const SCALES: Readonly<Record<string, number>> = {
  nvidia_smi_utilization_gpu_ratio: 100,
  nvidia_smi_memory_total_bytes: 1 / MIB,
  nvidia_smi_memory_used_bytes: 1 / MIB,
};

const NAMES: Names = {
  model: ['label:modelName', 'label:name'],
  driver: ['label:DCGM_FI_DRIVER_VERSION', 'label:driver_version'],
  recovery_action: ['nvidia_smi_gpu_recovery_action'],
  last_xid: ['DCGM_FI_DEV_XID_ERRORS'],
  row_remap_pending: ['DCGM_FI_DEV_ROW_REMAP_PENDING', 'nvidia_smi_remapped_rows_pending'],
  row_remap_failure: ['DCGM_FI_DEV_ROW_REMAP_FAILURE', 'nvidia_smi_remapped_rows_failure'],
  remapped_rows_correctable: ['DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS', 'nvidia_smi_remapped_rows_correctable'],
  remapped_rows_uncorrectable: ['DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS', 'nvidia_smi_remapped_rows_uncorrectable'],
  banks_without_spare: ['DCGM_FI_DEV_BANKS_REMAP_ROWS_AVAIL_NONE', 'nvidia_smi_remapped_rows_histogram_none'],
  uncorrected_errors: ['DCGM_FI_DEV_ECC_DBE_VOL_TOTAL', 'nvidia_smi_ecc_errors_uncorrected_volatile_dram'],
  sram_threshold_exceeded: ['nvidia_smi_ecc_errors_uncorrected_aggregate_sram_threshold_exceeded'],
  temperature_c: ['DCGM_FI_DEV_GPU_TEMP', 'nvidia_smi_temperature_gpu'],
  memory_temperature_c: ['DCGM_FI_DEV_MEMORY_TEMP', 'nvidia_smi_temperature_memory'],
  power_w: ['DCGM_FI_DEV_POWER_USAGE', 'nvidia_smi_power_draw_watts'],
  utilization_percent: ['DCGM_FI_DEV_GPU_UTIL', 'nvidia_smi_utilization_gpu_ratio'],
  memory_total_mib: ['nvidia_smi_memory_total_bytes'],
  memory_used_mib: ['DCGM_FI_DEV_FB_USED', 'nvidia_smi_memory_used_bytes'],
};

const REF: RefNames = {
  serial: ['label:DCGM_FI_DEV_SERIAL', 'label:serial'],
  index: ['label:gpu', 'label:index'],
  uuid: ['label:UUID', 'label:uuid'],
  bus_id: ['label:pci_bus_id'],
};

const OF_A_SLICE = /_FB_|_UTIL$/;

export function parsePrometheus(text: string): Observed {
  const byGpu = new Map<string, Map<string, string>>();
  for (const line of text.split('\n')) {
    const [, metric, labelText = '', value = ''] = /^(DCGM_FI_\w+|nvidia_smi_\w+)\{(.*)\}\s+(\S+)/.exec(line) ?? [];
    const labels = labelsOf(labelText);
    const gpu = labels.get('UUID') ?? labels.get('uuid') ?? labels.get('gpu');
    // A process has metrics of its own, and so has a slice of a GPU (MIG): its use is not the GPU's, its errors are.
    const ofSlice = labels.has('GPU_I_ID') && OF_A_SLICE.test(metric ?? '');
    if (metric === undefined || gpu === undefined || ofSlice || labels.has('pid')) continue;
    const entries = byGpu.get(gpu) ?? new Map<string, string>();
    byGpu.set(gpu, entries);
    for (const [name, label] of labels) entries.set(`label:${name}`, label);
    entries.set(metric, scaled(value, SCALES[metric]));
  }
  return { gpus: [...byGpu.values()].map((entries): GpuObservation => {
    const lookup = (name: string) => entries.get(name);
    return observationOf(refOf(REF, lookup), NAMES, lookup);
  }), xids: [] };
}

const scaled = (value: string, scale: number | undefined): string =>
  scale === undefined || textOf(value) === undefined ? value : String(Number(value) * scale);

const labelsOf = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', value = '']) => [name, value.replaceAll(/\\(.)/g, '$1')]));
