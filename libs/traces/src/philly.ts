/** Microsoft Philly, one line per job: `timestamp,duration,num_gpus,gpu_time,cluster` (seconds; the virtual cluster is the group). */
import { readLines } from './csv.js';
import type { TraceJob } from './trace-job.js';

const GPUS_PER_NODE = 8;
/** People ask for more time than they need; the trace has no limits, so: half as much again, at least ten minutes, whole minutes. */
const limitOf = (durationS: number) => Math.ceil(Math.max(durationS * 1.5, 600) / 60) * 60;

/** @throws TraceError */
export function readPhilly(file: string): TraceJob[] {
  const jobs = readLines(file, ['timestamp', 'duration', 'num_gpus', 'cluster']).map((line, index) => {
    const stamp = line.text('timestamp');
    const at = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(stamp) ? Date.parse(`${stamp.replace(' ', 'T')}Z`) : Number.NaN;
    if (Number.isNaN(at)) line.fail('timestamp', `YYYY-MM-DD HH:MM:SS expected, found '${stamp}'`);
    const gpus = line.number('num_gpus', 1);
    const wholeNodes = gpus % GPUS_PER_NODE === 0;
    if (!Number.isInteger(gpus) || (gpus > GPUS_PER_NODE && !wholeNodes)) line.fail('num_gpus', `1 to 8 or a multiple of 8 expected, found '${gpus}'`);
    const durationS = line.number('duration', 0);
    return {
      index,
      arrivalS: at / 1000,
      durationS: Math.max(1, durationS),
      limitS: limitOf(durationS),
      nodes: wholeNodes ? gpus / GPUS_PER_NODE : 1,
      gpusPerNode: wholeNodes ? GPUS_PER_NODE : gpus,
      gpuMilli: 1000,
      group: line.text('cluster'),
    };
  });
  return jobs.toSorted((a, b) => a.arrivalS - b.arrivalS || a.index - b.index);
}
