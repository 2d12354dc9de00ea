import { busiestDays, readPhilly, readPioche, type TraceJob } from '@pioche/traces';
import type { Play } from '../options.js';
import { generate } from './generated.js';

const READERS = { philly: readPhilly, pioche: readPioche } as const;

/** The jobs that the scenario replays, in order of arrival. @throws TraceError for a line that cannot be read */
export function workloadOf({ jobs, format, days, seed, maxJobs }: Pick<Play, 'jobs' | 'format' | 'days' | 'seed' | 'maxJobs'>): TraceJob[] {
  const all = jobs === undefined ? generate(seed, days) : busiestDays(READERS[format](jobs), days);
  return all.slice(0, maxJobs);
}
