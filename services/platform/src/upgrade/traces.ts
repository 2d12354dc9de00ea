/** What the two builds have left in the databases. */
import type { ContextName } from '@pioche/contracts';
import pg from 'pg';
import type { System } from '../chaos/system.js';

export async function ask<R extends pg.QueryResultRow>({ databaseUrl }: Pick<System, 'databaseUrl'>, context: ContextName, text: string, values: readonly unknown[] = []): Promise<R[]> {
  const client = new pg.Client({ connectionString: databaseUrl[context], application_name: 'pioche upgrade' });
  await client.connect();
  try {
    return (await client.query<R>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Events of each version above a position. */
export async function versionsOf(system: Pick<System, 'databaseUrl'>, context: ContextName, type: string, after = 0): Promise<ReadonlyMap<number, number>> {
  const rows = await ask<{ version: number; events: number }>(system, context, 'SELECT schema_version AS version, count(*)::int AS events FROM events WHERE type = $1 AND position > $2 GROUP BY 1', [type, after]);
  return new Map(rows.map(({ version, events }) => [version, events]));
}

export async function headOf(system: Pick<System, 'databaseUrl'>, context: ContextName): Promise<number> {
  const [row] = await ask<{ head: number }>(system, context, 'SELECT coalesce(max(position), 0)::float8 AS head FROM events');
  return row?.head ?? 0;
}

/** `node_view v1.1 live` … */
export async function generationsOf(system: Pick<System, 'databaseUrl'>, context: ContextName, name: string): Promise<string[]> {
  const rows = await ask<{ line: string }>(system, context, `SELECT name || ' v' || version || '.' || generation || ' ' || state AS line FROM projections WHERE name = $1 ORDER BY version, generation`, [name]);
  return rows.map(({ line }) => line);
}
