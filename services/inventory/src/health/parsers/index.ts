import type { HealthSource } from '@pioche/contracts';
import type { Observed } from '../observation.js';
import { parseKernelLog } from './kernel-log.js';
import { parseNvidiaSmi } from './nvidia-smi.js';
import { parsePrometheus } from './prometheus.js';
import { parseQueryGpu } from './query-gpu.js';
import { parseRedfish } from './redfish.js';

/** The texts that can be read, by where they come from. A parser takes any text and never throws: what it cannot read is not there. */
export const PARSERS: Readonly<Record<Exclude<HealthSource, 'agent'>, (text: string) => Observed>> = {
  nvidia_smi: parseNvidiaSmi,
  nvidia_smi_csv: parseQueryGpu,
  prometheus: parsePrometheus,
  redfish: parseRedfish,
  kernel_log: parseKernelLog,
};
