import type { TraceJob } from './trace-job.js';

const DAY = 86_400;

/**
 * The `days` days (86,400 s each, starting at an arrival) in which most jobs arrive, counted from their start.
 * A trace longer than the replay is not cut at its quiet beginning.
 * @param jobs in order of arrival
 */
export function busiestDays(jobs: readonly TraceJob[], days: number): TraceJob[] {
  let [from, to] = [0, 0];
  for (let start = 0, end = 0; start < jobs.length; start += 1) {
    while (end < jobs.length && (jobs[end]?.arrivalS ?? 0) < (jobs[start]?.arrivalS ?? 0) + days * DAY) end += 1;
    if (end - start > to - from) [from, to] = [start, end];
  }
  const origin = jobs[from]?.arrivalS ?? 0;
  return jobs.slice(from, to).map((job, index) => ({ ...job, index, arrivalS: job.arrivalS - origin }));
}
