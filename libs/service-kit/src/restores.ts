/** What a database was restored from. While that is under way no service starts on it: what it holds is not whole yet. */
import type pg from 'pg';
import { patientClient } from './clients.js';

const TABLE = `CREATE TABLE IF NOT EXISTS restores (
  backup text PRIMARY KEY,
  begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  completed_at timestamptz
)`;

/** `absent`: never begun here; one that has not completed leaves nothing that counts. */
export type RestoreState = 'absent' | 'begun' | 'completed';

/** From here on no service starts on it, until the restore is complete. Of several that were begun the last counts. */
export async function beginRestore(client: pg.ClientBase, backup: string): Promise<void> {
  await client.query(TABLE);
  await client.query('DELETE FROM restores');
  await client.query('INSERT INTO restores (backup) VALUES ($1)', [backup]);
}

export async function completeRestore(client: pg.ClientBase, backup: string): Promise<void> {
  await client.query('UPDATE restores SET completed_at = clock_timestamp() WHERE backup = $1', [backup]);
}

/** What was begun here last, and how far it has come. */
export async function restoreOf(client: pg.ClientBase): Promise<{ readonly state: RestoreState; readonly backup?: string }> {
  const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('public.restores') IS NOT NULL AS there`);
  if (rows[0]?.there !== true) return { state: 'absent' };
  const found = await client.query<{ backup: string; completed: boolean }>('SELECT backup, completed_at IS NOT NULL AS completed FROM restores');
  const [row] = found.rows;
  return row === undefined ? { state: 'absent' } : { state: row.completed ? 'completed' : 'begun', backup: row.backup };
}

/** @param url as the role that owns the schema @throws Error in one line, where a restore has begun and not ended */
export async function refuseHalfRestored(url: string): Promise<void> {
  const client = new (patientClient())({ connectionString: url, application_name: 'pioche start' });
  await client.connect();
  try {
    const { state, backup } = await restoreOf(client);
    if (state === 'begun') throw new Error(`${client.database} is half restored (from the backup ${backup}): run the same \`npm run restore\` again`);
  } finally {
    await client.end();
  }
}
