/**
 * A workload from distributions, in the shape of what is seen on shared GPU clusters (Philly, Llama-3 era labs):
 * most jobs small and short, most GPU-time in few gangs, nights and week-ends quieter.
 */
import { Random } from '../random.js';
import type { TraceJob } from '@pioche/traces';

const DAY = 86_400;
const JOBS_PER_DAY = 400;

/** [nodes, GPUs per node, thousandths of a GPU] and how often. */
const SHAPES: readonly (readonly [shape: readonly [nodes: number, gpus: number, milli: number], weight: number])[] = [
  [[1, 1, 250], 8],
  [[1, 1, 500], 7],
  [[1, 1, 1000], 45],
  [[1, 2, 1000], 12],
  [[1, 4, 1000], 10],
  [[1, 8, 1000], 12],
  [[2, 8, 1000], 3],
  [[4, 8, 1000], 2],
  [[8, 8, 1000], 0.8],
  [[16, 8, 1000], 0.2],
];

/** Which groups submit, and how much. */
const GROUPS = Array.from({ length: 8 }, (_, n) => [`group-${n}`, 8 - n] as const);

/** Arrivals by hour of the day, UTC; 1 is the mean. */
const busy = (secondOfDay: number) => 1 + 0.6 * Math.sin(((secondOfDay / 3600 - 8) / 24) * 2 * Math.PI);

/** @param days length in days; @returns jobs in order of arrival */
export function generate(seed: number, days: number): TraceJob[] {
  const random = new Random(seed, 'workload');
  const jobs: TraceJob[] = [];
  for (let at = random.exponential(DAY / JOBS_PER_DAY / 1.6); at < days * DAY; at += random.exponential(DAY / JOBS_PER_DAY / 1.6)) {
    const [nodes, gpusPerNode, gpuMilli] = random.pick(SHAPES);
    const durationS = Math.ceil(Math.min(random.logNormal(nodes > 1 ? 14_400 : 2_400, 1.4), 7 * DAY));
    const group = random.pick(GROUPS);
    const limitS = Math.ceil((durationS * (1.1 + random.uniform())) / 600) * 600;
    // Thinning: arrivals are drawn at the busiest hour's rate and kept by the hour's share of it.
    if (random.uniform() * 1.6 < busy(at % DAY)) jobs.push({ index: jobs.length, arrivalS: at, durationS, limitS, nodes, gpusPerNode, gpuMilli, group });
  }
  return jobs;
}
