/** `nvidia-smi -q`, alone or as the sections of a longer capture. */
import type { GpuObservation, Observed } from '../observation.js';
import { observationOf, refOf, type Names, type RefNames } from '../reading.js';

const REF: RefNames = { serial: ['Serial Number'], index: [], uuid: ['GPU UUID'], bus_id: ['PCI/Bus Id'] };

const NAMES: Names = {
  model: ['Product Name'],
  recovery_action: ['GPU Recovery Action'],
  row_remap_pending: ['Remapped Rows/Pending'],
  row_remap_failure: ['Remapped Rows/Remapping Failure Occurred'],
  remapped_rows_correctable: ['Remapped Rows/Correctable Error'],
  remapped_rows_uncorrectable: ['Remapped Rows/Uncorrectable Error'],
  banks_without_spare: ['Remapped Rows/Bank Remap Availability Histogram/None'],
  uncorrected_errors: ['ECC Errors/Volatile/DRAM Uncorrectable'],
  sram_threshold_exceeded: ['ECC Errors/Aggregate/SRAM Threshold Exceeded'],
  channel_repair_pending: ['ECC Errors/Channel Repair Pending'],
  tpc_repair_pending: ['ECC Errors/TPC Repair Pending'],
  unrepairable_memory: ['ECC Errors/Unrepairable Memory'],
  temperature_c: ['Temperature/GPU Current Temp'],
  memory_temperature_c: ['Temperature/Memory Current Temp'],
  power_w: ['GPU Power Readings/Average Power Draw', 'GPU Power Readings/Instantaneous Power Draw', 'GPU Power Readings/Power Draw', 'Power Readings/Power Draw'],
  utilization_percent: ['Utilization/GPU', 'Utilization/Gpu'],
  memory_total_mib: ['FB Memory Usage/Total'],
  memory_used_mib: ['FB Memory Usage/Used'],
};

export function parseNvidiaSmi(text: string): Observed {
  const logs = text.split(/^=+NVSMI LOG=+$/m).slice(1).map((log) => log.split(/^#{5,}$/m)[0] ?? '');
  return { gpus: logs.flatMap(gpusOf), xids: [] };
}

function gpusOf(log: string): GpuObservation[] {
  const [head = '', ...gpus] = log.split(/^(?=GPU [0-9A-F]{8}:)/im);
  const driver = entriesOf(head).get('Driver Version');
  return gpus.map((gpu) => {
    const entries = entriesOf(gpu);
    return {
      ...observationOf(refOf(REF, (name) => entries.get(name)), NAMES, (name) => entries.get(name)),
      ...(driver === undefined ? {} : { driver }),
    };
  });
}

/** `Remapped Rows/Pending` → `No`: the path follows from the indentation. A first entry of a name stands. */
function entriesOf(section: string): Map<string, string> {
  const entries = new Map<string, string>();
  const path: { indent: number; name: string }[] = [];
  for (const line of section.split('\n')) {
    const [, spaces = '', name = '', value] = /^(\s*)(.+?)(?:\s+: (.*))?$/.exec(line.trimEnd()) ?? [];
    if (name === '' || /^GPU [0-9A-F]{8}:/i.test(name)) continue;
    while ((path.at(-1)?.indent ?? -1) >= spaces.length) path.pop();
    if (value === undefined) path.push({ indent: spaces.length, name });
    else {
      const key = [...path.map((part) => part.name), name].join('/');
      if (!entries.has(key)) entries.set(key, value);
    }
  }
  return entries;
}
