/** Which tables of a context are its truth, and how they are copied. */
import pg from 'pg';
import type { TableCopy } from './manifest.js';

const { escapeIdentifier: quote } = pg;

/** Tables that are in every database and in no backup. */
const LEFT_OUT = [
  'migrations', // their names are in the manifest; the tables they make are made by them
  'projections', // read models are built from the events
  'relay_checkpoints', // topics are made anew: a restored log is published from its beginning
  'restores', // what was done to this database, not to the next
];
/** Tables of read models: see `generationName` of projections. */
const READ_MODEL = '_v[0-9]+(_g[0-9]+)?$';

const TABLES = `
  SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns,
    array_remove(array_agg(CASE WHEN a.attidentity <> '' THEN a.attname::text END), NULL) AS identities, c.relforcerowsecurity AS guarded
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> ALL ($1) AND c.relname !~ $2
  GROUP BY c.relname, c.relforcerowsecurity ORDER BY c.relname`;

export interface TruthTable extends Pick<TableCopy, 'name' | 'columns'> {
  /** Columns whose numbers a sequence gives out. */
  readonly identities: readonly string[];
  /** Row-level security holds for its owner too. */
  readonly guarded: boolean;
}

/** Everything that migrations have made, but for what follows from the events or belongs to the place. */
export async function truthTables(client: pg.ClientBase): Promise<TruthTable[]> {
  return (await client.query<TruthTable>(TABLES, [LEFT_OUT, READ_MODEL])).rows;
}

/** Tables of read models: dropped before a restore that is repeated. */
export async function readModelTables(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname ~ $1`, [READ_MODEL]);
  return rows.map(({ name }) => name);
}

/** A read model's checkpoints and dead letters go with it: it begins with the first event. */
export function copyOut({ name, columns }: TruthTable, hasReadModels: boolean): string {
  const others = hasReadModels && columns.includes('consumer') ? ' WHERE consumer NOT IN (SELECT consumer FROM projections)' : '';
  return `COPY (SELECT ${columns.map(quote).join(', ')} FROM ${quote(name)}${others}) TO STDOUT`;
}

export const copyIn = ({ name, columns }: Pick<TableCopy, 'name' | 'columns'>): string => `COPY ${quote(name)} (${columns.map(quote).join(', ')}) FROM STDIN`;

/** COPY writes to no table whose owner is under row-level security: in the transaction of a restore it is not. */
export const guard = (name: string, forced: boolean): string => `ALTER TABLE ${quote(name)} ${forced ? 'FORCE' : 'NO FORCE'} ROW LEVEL SECURITY`;

/** What comes next has the number after the last one here. */
export const goOnCounting = (table: string, column: string): string =>
  `SELECT setval(pg_get_serial_sequence(${pg.escapeLiteral(quote(table))}, ${pg.escapeLiteral(column)}), max(${quote(column)})) FROM ${quote(table)}`;

export const tableExists = async (client: pg.ClientBase, name: string): Promise<boolean> =>
  (await client.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [`public.${name}`])).rows[0]?.found === true;

/** How far the log of a context goes, and how many events it has. */
export async function extentOf(client: pg.ClientBase): Promise<{ readonly head: number; readonly events: number }> {
  const { rows } = await client.query<{ head: number; events: number }>('SELECT coalesce(max(position), 0)::float8 AS head, count(*)::float8 AS events FROM events');
  return rows[0] ?? { head: 0, events: 0 };
}
