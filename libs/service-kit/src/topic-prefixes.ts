/**
 * Which topics a database has published to and consumed from. After a restore they hold events that have not happened in
 * the restored system, and nothing in an event tells: so a restored database never goes back to them.
 */
import type pg from 'pg';

/** @throws Error in one line, where the topics are those of the system that this database was restored from */
export async function useTopics(pool: Pick<pg.Pool, 'query'>, prefix: string): Promise<void> {
  await pool.query('INSERT INTO topic_prefixes (prefix) VALUES ($1) ON CONFLICT (prefix) DO NOTHING', [prefix]);
  const { rows } = await pool.query<{ former: boolean }>('SELECT former FROM topic_prefixes WHERE prefix = $1', [prefix]);
  if (rows[0]?.former !== true) return;
  throw new Error(`the topics ${prefix}* are those of the system that this database was restored from, and may tell of what has not happened here: choose another TOPIC_PREFIX`);
}

/** After a restore: all topics so far belong to another system. */
export async function leaveTopics(client: pg.ClientBase): Promise<void> {
  await client.query('UPDATE topic_prefixes SET former = true');
}
