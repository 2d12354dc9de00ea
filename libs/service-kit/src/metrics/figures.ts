/** Figures from the database: all of a service's in one round, over one connection. */
import type { Instant } from '@pioche/kernel';
import type pg from 'pg';
import type { FigureDeclaration, Reading } from './declaration.js';

/** Milliseconds that one figure may take. */
const LIMIT_MS = 500;

/** Figure → its readings; one that could not be read is not there. */
export type Figures = ReadonlyMap<string, readonly Reading[]>;

/** @param now the service's time, for ages */
export async function readFigures(pool: pg.Pool, declared: readonly FigureDeclaration[], now: Instant): Promise<Figures> {
  const client = await pool.connect();
  const figures = new Map<string, readonly Reading[]>();
  try {
    await client.query(`SET statement_timeout = ${LIMIT_MS}`);
    for (const figure of declared) {
      const readings = await read(client, figure, now).catch(() => undefined);
      if (readings !== undefined) figures.set(figure.name, readings);
    }
    await client.query('RESET statement_timeout');
  } catch (error) {
    client.release(true);
    throw error;
  }
  client.release();
  return figures;
}

async function read(client: pg.PoolClient, { query, labels = {} }: FigureDeclaration, now: Instant): Promise<Reading[]> {
  const { rows } = await client.query<Readonly<Record<string, unknown>>>(`WITH clock AS (SELECT $1::timestamptz AS now) SELECT * FROM (${query}) figure`, [now]);
  return rows.map((row) => ({ value: Number(row['value']), labels: Object.fromEntries(Object.keys(labels).map((label) => [label, String(row[label])])) }));
}
