/** Our own format: `job,arrival_s,duration_s,limit_min,nodes,gpus_per_node`. It names no group: eight take turns. */
import { readLines } from './csv.js';
import type { TraceJob } from './trace-job.js';

const GROUPS = 8;

/** @throws TraceError */
export function readPioche(file: string): TraceJob[] {
  const jobs = readLines(file, ['job', 'arrival_s', 'duration_s', 'limit_min', 'nodes', 'gpus_per_node']).map((line, index) => {
    const gpusPerNode = line.number('gpus_per_node', 1);
    const nodes = line.number('nodes', 1);
    if (!Number.isInteger(nodes)) line.fail('nodes', `a whole number expected, found '${nodes}'`);
    if (!Number.isInteger(gpusPerNode) || gpusPerNode > 8) line.fail('gpus_per_node', `1 to 8 expected, found '${gpusPerNode}'`);
    return {
      index,
      arrivalS: line.number('arrival_s', 0),
      durationS: Math.max(1, line.number('duration_s', 0)),
      limitS: line.number('limit_min', 1) * 60,
      nodes,
      gpusPerNode,
      gpuMilli: 1000,
      group: `group-${index % GROUPS}`,
    };
  });
  return jobs.toSorted((a, b) => a.arrivalS - b.arrivalS || a.index - b.index);
}
