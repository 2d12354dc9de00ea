/** What an operator is told of the read models: which generation answers, and how far one that is being built has come. */
import type { ContextName } from '@pioche/contracts';
import type pg from 'pg';
import { consumerOf, type Generation } from './generation.js';

export interface Build extends Pick<Generation, 'version' | 'generation'> {
  /** Since when it is built, or answers. */
  readonly since: Date;
  /** Source → how far it is in that context's log. */
  readonly positions: ReadonlyMap<ContextName, number>;
  /** Events that it could not handle, and those that wait behind them. */
  readonly parked: number;
}

export interface Builds {
  readonly readModel: string;
  readonly live?: Build;
  readonly building?: Build;
}

const BUILDS = `SELECT name, version, generation, state, changed_at AS since,
    (SELECT coalesce(jsonb_object_agg(source, position), '{}')
     FROM (SELECT source, min(position) AS position FROM checkpoints WHERE checkpoints.consumer = p.consumer GROUP BY source) c) AS positions,
    (SELECT count(*)::int FROM dead_letters d WHERE d.consumer = p.consumer AND d.state <> 'redriven') AS parked
  FROM projections p WHERE state IN ('live', 'building') ORDER BY version, generation`;

interface BuildRow extends Generation {
  readonly since: Date;
  readonly positions: Readonly<Record<ContextName, number>>;
  readonly parked: number;
}

/** The builds of each of these read models, as the database knows them, whichever replica works on them. */
export async function readBuilds(pool: pg.Pool, names: readonly string[]): Promise<Builds[]> {
  const { rows } = await pool.query<BuildRow>(BUILDS);
  const build = (name: string, state: BuildRow['state']): Build | undefined => {
    const row = rows.findLast((each) => each.name === name && each.state === state);
    return row && { version: row.version, generation: row.generation, since: row.since, parked: row.parked, positions: new Map(Object.entries(row.positions) as [ContextName, number][]) };
  };
  return names.map((readModel) => {
    const [live, building] = [build(readModel, 'live'), build(readModel, 'building')];
    return { readModel, ...(live && { live }), ...(building && { building }) };
  });
}

const PARKS_MORE = `SELECT FROM dead_letters next WHERE next.consumer = $1 AND next.state <> 'redriven' AND NOT EXISTS (
    SELECT FROM dead_letters live JOIN projections p ON p.consumer = live.consumer AND p.name = $2 AND p.state = 'live'
    WHERE live.state <> 'redriven' AND live.source = next.source AND live.partition = next.partition AND live.position IS NOT DISTINCT FROM next.position)
  LIMIT 1`;

/**
 * Whether a build could not handle an event that the live one has: it would show less. It goes on when its dead letters
 * have been redriven.
 */
export async function parksMore(pool: pg.Pool, generation: Generation): Promise<boolean> {
  const { rowCount } = await pool.query(PARKS_MORE, [consumerOf(generation), generation.name]);
  return (rowCount ?? 0) > 0;
}
