import type { UsageEvent } from '../usage/usage.js';
import { usagePosting } from '../transaction/postings.js';
import { writePosting, writeTo, type Loaded, type Write } from './write.js';

/**
 * What a usage command decided, with the ledger transaction of each slice, as one append.
 * @returns no write when nothing happens
 */
export function usageWrites(usage: Pick<Loaded<unknown>, 'id' | 'version'>, events: readonly UsageEvent[]): Write[] {
  if (events.length === 0) return [];
  const postings = events
    .filter((event) => event.type === 'UsageRated')
    .map(({ data }) => usagePosting(data))
    .filter(({ entries }) => entries.length > 0);
  return [writeTo(usage, events), ...postings.map(writePosting)];
}
