/** How long each part of a job's way took, by what the logs recorded and when the read models were there. */
import type { ContextName } from '@pioche/contracts';
import { derivedId } from '@pioche/kernel';
import type { Followers, Place } from './followers.js';

/** Milliseconds of each sampled job. */
export type Stages = Record<'submitted → placed' | 'closed → rated' | "rated → in billing's totals" | "rated → in the lab's burn", number[]>;

interface Recorded {
  readonly stream_id: string;
  readonly type: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly position: number;
  readonly allocation: string | null;
}

const EVENTS = `SELECT stream_id, type, extract(epoch FROM recorded_at)::float8 * 1000 AS at, position::float8 AS position, data ->> 'allocation' AS allocation
  FROM events WHERE stream_id = ANY($1) AND type = ANY($2) ORDER BY position`;

/** @param places of the followers during the load, in order of time: a read model was there when it was first seen there */
export async function stagesOf(jobs: readonly string[], followers: Followers, places: ReadonlyMap<string, readonly Place[]>): Promise<Stages> {
  const ask = (context: ContextName, streams: readonly string[], types: readonly string[]) => followers.query<Recorded>(context, EVENTS, [streams, types]);
  const scheduled = await ask('scheduling', jobs, ['JobSubmitted', 'JobPlaced', 'AllocationClosed']);
  const submitted = new Map(scheduled.filter(({ type }) => type === 'JobSubmitted').map(({ stream_id, at }) => [stream_id, at]));
  const closed = new Map(scheduled.filter(({ type }) => type === 'AllocationClosed').map(({ allocation, at }) => [derivedId('usage', allocation ?? '') as string, at]));
  const rated = await ask('billing', [...closed.keys()], ['UsageRated']);
  const projected = (follower: string) => rated.flatMap(({ at, position }) => arrival(places.get(follower) ?? [], position).map((there) => there - at));
  return {
    'submitted → placed': scheduled.flatMap(({ type, stream_id, at }) => (type === 'JobPlaced' ? [at - (submitted.get(stream_id) ?? at)] : [])),
    'closed → rated': rated.flatMap(({ stream_id, at }) => at - (closed.get(stream_id) ?? at)),
    "rated → in billing's totals": projected('billing.usage_total'),
    "rated → in the lab's burn": projected('lab.burn'),
  };
}

/** When it was first seen at a position or beyond. */
function arrival(places: readonly Place[], position: number): number[] {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle]?.position ?? 0) < position) low = middle + 1;
    else high = middle;
  }
  const found = places[low];
  return found ? [found.at] : [];
}
