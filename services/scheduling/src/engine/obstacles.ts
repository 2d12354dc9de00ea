/**
 * What can stand between a job and its start, in the order in which we try to do without it: of several sets that would
 * do, the one is told that keeps the later ones. So
 * - `nodes-cordoned` is told only where the open nodes could never do, `not-enough-gpus` only where what is free would
 *   not do in any shape, on any host, in any unit;
 * - a wish of the job's own that is too narrow (`host`, `topology`) is told before the shapes that are free;
 * - a shorter limit (`kept-nodes`, `behind-reservation`) is told before what only others can change.
 */
export const OBSTACLES = [
  'nodes-cordoned', 'not-enough-gpus', 'fragmentation', 'topology', 'host', 'kept-nodes', 'behind-reservation', 'making-room', 'power-cap', 'quota',
  'tenant-barred', 'no-permit', 'unknown-queue',
] as const;
export type Obstacle = (typeof OBSTACLES)[number];
/** `larger-than-site` stands alone: nothing that can be taken away would help. */
export type ReasonCode = Obstacle | 'larger-than-site';

/** A set of obstacles as bits, in the order above. */
export type ObstacleSet = number;

export const bitOf = Object.fromEntries(OBSTACLES.map((obstacle, i) => [obstacle, 1 << i])) as Readonly<Record<Obstacle, ObstacleSet>>;
export const LARGER_THAN_SITE: ObstacleSet = 1 << OBSTACLES.length;

const lists = new Map<ObstacleSet, readonly ReasonCode[]>();

/** The codes of a set, in the order above: the same list for the same set. */
export function codesOf(set: ObstacleSet): readonly ReasonCode[] {
  const known = lists.get(set);
  if (known) return known;
  const codes: readonly ReasonCode[] = set === LARGER_THAN_SITE ? ['larger-than-site'] : OBSTACLES.filter((obstacle) => (set & bitOf[obstacle]) !== 0);
  lists.set(set, codes);
  return codes;
}

/** The fewest of these without which it starts: each one that it can do without is left out, in the order above. */
export function fewest(all: ObstacleSet, starts: (away: ObstacleSet) => boolean): ObstacleSet {
  if (!starts(all)) return LARGER_THAN_SITE;
  let away = all;
  for (let bit = 1; bit <= all; bit <<= 1) if ((away & bit) !== 0 && starts(away & ~bit)) away &= ~bit;
  return away;
}
