/** The jobs of a simulation, made from those of a trace. */
import type { TraceJob } from '@pioche/traces';
import type { Random } from '../packing/random.js';
import { InputError } from '../mode.js';
import type { ClusterShape } from './cluster.js';

export interface SimulatedJob {
  /** Its place in the order of arrival. */
  readonly id: number;
  readonly arrivalMs: number;
  readonly durationMs: number;
  readonly limitMs: number;
  readonly nodes: number;
  readonly gpusPerNode: number;
  readonly gpus: number;
}

const MINUTE_S = 60;
const HOUR_S = 3600;
const gpusOf = ({ nodes, gpusPerNode }: TraceJob): number => nodes * gpusPerNode;
const wholeMinutes = (seconds: number): number => Math.ceil(seconds / MINUTE_S) * MINUTE_S;

/** In order of arrival, counted from the first. */
export function simulated(jobs: readonly TraceJob[]): SimulatedJob[] {
  const sorted = jobs.toSorted((a, b) => a.arrivalS - b.arrivalS || a.index - b.index);
  return sorted.map((job, id) => ({
    id,
    arrivalMs: Math.round(job.arrivalS * 1000),
    durationMs: Math.max(1, Math.round(Math.min(job.durationS, job.limitS) * 1000)),
    limitMs: Math.round(job.limitS * 1000),
    nodes: job.nodes,
    gpusPerNode: job.gpusPerNode,
    gpus: gpusOf(job),
  }));
}

/** @throws InputError naming the first job that never fits */
export function expectFits(jobs: readonly TraceJob[], { nodes, gpusPerNode }: ClusterShape, file: string): void {
  const large = jobs.find((job) => job.nodes > nodes || job.gpusPerNode > gpusPerNode);
  if (large) throw new InputError(`${file}: job ${large.index} asks for ${large.nodes} × ${large.gpusPerNode} GPUs; --cluster has ${nodes} × ${gpusPerNode}`);
}

/** The same jobs, arriving so much faster. */
export const faster = (jobs: readonly TraceJob[], by: number): TraceJob[] => {
  const first = jobs[0]?.arrivalS ?? 0;
  return jobs.map((job) => ({ ...job, arrivalS: first + (job.arrivalS - first) / by }));
};

/** Arriving so fast that what they run is this share of the cluster's GPU-time while they arrive. */
export function loaded(jobs: readonly TraceJob[], { nodes, gpusPerNode }: ClusterShape, share: number): TraceJob[] {
  const span = (jobs.at(-1)?.arrivalS ?? 0) - (jobs[0]?.arrivalS ?? 0);
  const work = jobs.reduce((sum, job) => sum + gpusOf(job) * job.durationS, 0);
  return span > 0 && work > 0 ? faster(jobs, (share * nodes * gpusPerNode * span) / work) : [...jobs];
}

/** Limits of a multiple of the run time, drawn from these for each job, in whole minutes. */
export const limitsDrawn = (jobs: readonly TraceJob[], factors: readonly number[], random: Random): TraceJob[] =>
  jobs.map((job) => ({ ...job, limitS: wholeMinutes(job.durationS * factors[random.below(factors.length)]!) }));

export type Limits = 'given' | 'coarse' | 'constant';

/** Limits that tell less of the run time: the next of 1, 2, 4, 8 … h, or one for all. */
export function blurred(jobs: readonly TraceJob[], limits: Limits): TraceJob[] {
  const longest = jobs.reduce((most, { limitS }) => Math.max(most, limitS), 0);
  const coarse = (seconds: number): number => {
    let limit = HOUR_S;
    while (limit < seconds) limit *= 2;
    return limit;
  };
  if (limits === 'given') return [...jobs];
  return jobs.map((job) => ({ ...job, limitS: limits === 'coarse' ? coarse(job.limitS) : longest }));
}

const JITTER_S = 300;

/** The same day as it might also have been: arrivals up to 5 minutes sooner or later, limits redrawn from how the file's limits exceed its run times. */
export function replica(jobs: readonly TraceJob[], factors: readonly number[], random: Random): TraceJob[] {
  const jittered = jobs.map((job) => ({ ...job, arrivalS: Math.max(0, job.arrivalS + (random.below(2 * JITTER_S * 1000 + 1) / 1000 - JITTER_S)) }));
  return limitsDrawn(jittered, factors, random).toSorted((a, b) => a.arrivalS - b.arrivalS || a.index - b.index);
}

/** How many times their run time jobs of the file ask for, each. */
export const factorsOf = (jobs: readonly TraceJob[]): number[] => jobs.map(({ limitS, durationS }) => Math.max(1, limitS / durationS));

const SLICE_JOBS = 3000;
const SLICE_LEAST_S = 60;
const SLICE_MOST_S = 4 * HOUR_S;
const SINGLES_KEPT = 4;

/**
 * Jobs of a trace from this time on in which gangs weigh: at most 3,000 of at least a minute, run times cut at 4 h, of
 * jobs of one GPU every fourth, drawn by the seed.
 * @param start ISO 8601, UTC; the trace's arrivals are seconds since 1970
 * @throws InputError
 */
export function sliceFrom(jobs: readonly TraceJob[], start: string, random: Random): TraceJob[] {
  const fromS = Date.parse(/Z$|[+-]\d\d:\d\d$/.test(start) ? start : `${start}${start.includes('T') ? '' : 'T00:00:00'}Z`) / 1000;
  if (Number.isNaN(fromS)) throw new InputError(`--slice: a date and time like 2017-10-04T00:00:00 expected, found '${start}'`);
  const slice: TraceJob[] = [];
  for (const job of jobs) {
    if (job.arrivalS < fromS || job.durationS < SLICE_LEAST_S) continue;
    if (gpusOf(job) === 1 && random.below(SINGLES_KEPT) !== 0) continue;
    slice.push({ ...job, durationS: Math.min(job.durationS, SLICE_MOST_S) });
    if (slice.length === SLICE_JOBS) break;
  }
  if (slice.length === 0) throw new InputError(`--slice: no job of the trace arrives after ${start}`);
  return slice;
}
