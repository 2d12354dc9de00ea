/** `nvidia-smi --query-gpu=… --format=csv`, alone or within a longer capture. */
import type { GpuObservation, Observed } from '../observation.js';
import { observationOf, refOf, type Names, type RefNames } from '../reading.js';

const REF: RefNames = {
  serial: ['serial', 'gpu_serial'],
  index: ['index'],
  uuid: ['uuid', 'gpu_uuid'],
  bus_id: ['pci.bus_id', 'gpu_bus_id'],
};

const NAMES: Names = {
  model: ['name', 'gpu_name'],
  driver: ['driver_version'],
  recovery_action: ['gpu_recovery_action'],
  row_remap_pending: ['remapped_rows.pending'],
  row_remap_failure: ['remapped_rows.failure'],
  remapped_rows_correctable: ['remapped_rows.correctable'],
  remapped_rows_uncorrectable: ['remapped_rows.uncorrectable'],
  banks_without_spare: ['remapped_rows.histogram.none'],
  uncorrected_errors: ['ecc.errors.uncorrected.volatile.dram', 'ecc.errors.uncorrected.volatile.device_memory'],
  sram_threshold_exceeded: ['ecc.errors.uncorrected.aggregate.sram.thresholdExceeded'],
  temperature_c: ['temperature.gpu'],
  memory_temperature_c: ['temperature.memory'],
  power_w: ['power.draw', 'power.draw.instant'],
  utilization_percent: ['utilization.gpu'],
  memory_total_mib: ['memory.total'],
  memory_used_mib: ['memory.used'],
};

const IDENTIFIES = new Set(Object.values(REF).flat());
const MEASURES = new Set(Object.entries(NAMES).filter(([field]) => field !== 'model' && field !== 'driver').flatMap(([, names]) => names));

export function parseQueryGpu(text: string): Observed {
  const gpus: GpuObservation[] = [];
  let header: string[] | undefined;
  for (const line of text.split('\n')) {
    const cells = line.split(',').map((cell) => cell.trim());
    // `power.draw [W]`: the unit stands in the header and again in each value.
    const names = cells.map((cell) => cell.replace(/ \[.+\]$/, ''));
    if (isHeader(names)) header = names;
    else if (header?.length !== cells.length) header = undefined;
    else {
      const row = new Map(header.map((name, at) => [name, cells[at]]));
      const lookup = (name: string) => row.get(name);
      gpus.push(observationOf(refOf(REF, lookup), NAMES, lookup));
    }
  }
  return { gpus, xids: [] };
}

const isHeader = (names: readonly string[]): boolean =>
  names.some((name) => IDENTIFIES.has(name)) && names.some((name) => MEASURES.has(name)) && !names.includes('pid') && !names.some((name) => name.startsWith('#'));
