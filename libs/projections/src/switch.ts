/** What a take-over looks at and does, inside its transaction. */
import type { ContextName } from '@pioche/contracts';
import type { EntityManager, QueryRunner } from 'typeorm';
import type { ReadModelTable } from './table.js';

type Sql = Pick<EntityManager | QueryRunner, 'query'>;

/**
 * How many positions a generation is behind the live one, over the given sources and all partitions; 0 without a live one.
 * @param consumer key of the generation's checkpoints
 */
export async function positionsBehind(sql: Sql, name: string, consumer: string, sources: readonly ContextName[]): Promise<number> {
  const [row] = (await sql.query(
    `SELECT coalesce(sum(greatest(live.position - coalesce(next.position, 0), 0)), 0)::float8 AS behind
     FROM projections p JOIN checkpoints live ON live.consumer = p.consumer AND live.source = ANY ($3)
     LEFT JOIN checkpoints next ON next.consumer = $2 AND next.source = live.source AND next.partition = live.partition
     WHERE p.name = $1 AND p.state = 'live'`,
    [name, consumer, sources],
  )) as { behind: number }[];
  return row?.behind ?? 0;
}

const COLUMNS = `SELECT attname || ' ' || format_type(atttypid, atttypmod) AS column FROM pg_attribute
  WHERE attrelid = to_regclass(quote_ident($1)) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`;

/**
 * Lets the entity's plain name mean this table. The view is replaced in place where PostgreSQL allows it (columns were
 * added at most), else dropped and made in the same transaction: a query finds the one or the other, never nothing.
 */
export async function pointView(runner: QueryRunner, table: ReadModelTable): Promise<void> {
  const [before, after] = [await columnsOf(runner, table.viewName), await columnsOf(runner, table.name)];
  if (before.some((column, i) => column !== after[i])) await runner.query(`DROP VIEW "${table.viewName}"`);
  await runner.query(`CREATE OR REPLACE ${table.viewSql}`);
}

async function columnsOf(runner: QueryRunner, relation: string): Promise<string[]> {
  const rows = (await runner.query(COLUMNS, [relation])) as { column: string }[];
  return rows.map(({ column }) => column);
}
