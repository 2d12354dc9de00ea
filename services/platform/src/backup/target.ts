/** May a backup be restored into this database? */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { restoreOf } from '@pioche/service-kit';
import type pg from 'pg';
import { connect, type DatabaseUrls } from './cut.js';
import { BackupError, type Manifest } from './manifest.js';
import { extentOf, tableExists } from './tables.js';

/** `done`: it holds just this backup already, restored whole. */
export type TargetState = 'free' | 'done';

interface Judged {
  readonly state: TargetState;
  /** Why it may not. */
  readonly refused?: string;
}

/**
 * @param backup by which a backup is known again
 * @throws BackupError that names every database which is in use, or holds something, and how many events
 */
export async function checkTargets(urls: DatabaseUrls, manifest: Manifest, backup: string): Promise<ReadonlyMap<ContextName, TargetState>> {
  const judged = await Promise.all(
    CONTEXTS.map(async (context) => {
      const client = await connect(urls[context], 'pioche restore');
      try {
        return [context, await judge(client, manifest.contexts[context].head, backup)] as const;
      } finally {
        await client.end();
      }
    }),
  );
  const refused = judged.flatMap(([context, { refused: reason }]) => (reason === undefined ? [] : [`${context}: ${reason}`]));
  if (refused.length > 0) throw new BackupError(`a backup is restored into empty databases only; ${refused.join('; ')}`);
  return new Map(judged.map(([context, { state }]) => [context, state]));
}

async function judge(client: pg.Client, head: number, backup: string): Promise<Judged> {
  const users = await others(client);
  if (users > 0) return { state: 'free', refused: `${client.database} is in use by ${users} connections` };
  const { rows } = await client.query<{ tables: number }>(`SELECT count(*)::int AS tables FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'migrations'`);
  const tables = rows[0]?.tables ?? 0;
  const restore = await restoreOf(client);
  if (tables === 0 || restore.state === 'begun') return { state: 'free' };
  if (!(await tableExists(client, 'events'))) return { state: 'free', refused: `${client.database} holds ${tables} tables that are not ours` };
  const { events, head: at } = await extentOf(client);
  if (restore.state === 'completed' && restore.backup === backup && at === head) return { state: 'done' };
  return events === 0 ? { state: 'free' } : { state: 'free', refused: `${client.database} holds ${events} events` };
}

/** A service that runs has connections; one that has just ended may still be seen for a moment. */
const LOOKS = 20;
const PAUSE_MS = 100;

async function others(client: pg.Client): Promise<number> {
  for (let left = LOOKS; ; left -= 1) {
    // Of other roles' connections an ordinary role sees little more than that they are there.
    const { rows } = await client.query<{ users: number }>(
      'SELECT count(*)::int AS users FROM pg_stat_activity WHERE datname = current_database() AND usename IS NOT NULL AND pid <> pg_backend_pid()',
    );
    const users = rows[0]?.users ?? 0;
    if (users === 0 || left <= 1) return users;
    await new Promise((wake) => setTimeout(wake, PAUSE_MS));
  }
}
