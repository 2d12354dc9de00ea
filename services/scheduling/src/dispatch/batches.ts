/** What the engine decides at once, divided into appends: each is of one site. */
import type { Decisions } from '../engine/index.js';

export interface Batch extends Partial<Pick<Decisions, 'placements' | 'preemptions' | 'repairs' | 'evictions'>> {
  readonly site: string;
}

/** Placements of one append at most. */
const MOST = 200;

/**
 * Each site's evictions, repairs and preemptions go with its first placements. A job that loses its GPUs in one site
 * and gets others in another comes last, when it waits in the log too.
 * @param siteOf the site of a job that holds GPUs
 */
export function batchesOf({ placements, preemptions, repairs, evictions }: Pick<Decisions, 'placements' | 'preemptions' | 'repairs' | 'evictions'>, siteOf: (job: string) => string): Batch[] {
  const ofJob = ({ job }: { readonly job: string }) => siteOf(job);
  const bySite = { preemptions: Map.groupBy(preemptions, ofJob), repairs: Map.groupBy(repairs, ofJob), evictions: Map.groupBy(evictions, ofJob) };
  const evicted = new Map(evictions.map((eviction) => [eviction.job, ofJob(eviction)]));
  const [staying, moving] = [placements.filter((one) => (evicted.get(one.job) ?? one.site) === one.site), placements.filter((one) => (evicted.get(one.job) ?? one.site) !== one.site)];
  const placedAt = Map.groupBy(staying, ({ site }) => site);
  const sites = new Set([...Object.values(bySite).flatMap((map) => [...map.keys()]), ...placedAt.keys()]);
  const first = [...sites].flatMap((site): Batch[] => {
    const [start = [], ...rest] = inParts(placedAt.get(site) ?? []);
    const stops = { preemptions: bySite.preemptions.get(site) ?? [], repairs: bySite.repairs.get(site) ?? [], evictions: bySite.evictions.get(site) ?? [] };
    return [{ site, placements: start, ...stops }, ...rest.map((part) => ({ site, placements: part }))];
  });
  return [...first, ...[...Map.groupBy(moving, ({ site }) => site)].flatMap(([site, own]) => inParts(own).map((part) => ({ site, placements: part })))];
}

const inParts = <T>(all: readonly T[]): T[][] => Array.from({ length: Math.ceil(all.length / MOST) }, (_, n) => all.slice(n * MOST, (n + 1) * MOST));

/** All that these batches decide, to take it back. */
export const allOf = (batches: readonly Batch[]) => ({
  placements: batches.flatMap(({ placements = [] }) => placements),
  preemptions: batches.flatMap(({ preemptions = [] }) => preemptions),
  repairs: batches.flatMap(({ repairs = [] }) => repairs),
  evictions: batches.flatMap(({ evictions = [] }) => evictions),
});
