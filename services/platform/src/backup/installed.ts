/** The databases of an installation on this machine, whether it runs or not. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { obtainPostgres } from '@pioche/local-servers';
import pg from 'pg';
import { installationOf, isInstalled, type Installation } from '../installation.js';
import { databaseNameOf, POSTGRES_NOTE } from '../servers.js';
import type { DatabaseUrls } from './cut.js';
import { BackupError } from './manifest.js';

export interface Installed {
  readonly installation: Installation;
  /** As the administrator, who sees every row. */
  readonly urls: DatabaseUrls;
  /** Ends PostgreSQL where it was started for this. */
  readonly stop: () => Promise<void>;
}

/** @throws BackupError, MissingPart when there is no installation, or its PostgreSQL cannot be had */
export async function reach(dataDir: string, log: (line: string) => void): Promise<Installed> {
  if (!isInstalled(dataDir)) throw new BackupError(`there is no installation in ${dataDir}`);
  const installation = installationOf(dataDir);
  const running = await runningPostgres(dataDir);
  const server = running === undefined ? await obtainPostgres({ dataDir, log }) : { url: running, stop: async () => {} };
  const urlOf = (context: ContextName) => Object.assign(new URL(server.url), { pathname: `/${databaseNameOf(installation, context)}` }).href;
  return { installation, urls: Object.fromEntries(CONTEXTS.map((context) => [context, urlOf(context)])) as DatabaseUrls, stop: () => server.stop() };
}

/** The URL of the installation's own PostgreSQL, when it answers. A note may be left of one that was killed. */
async function runningPostgres(dataDir: string): Promise<string | undefined> {
  const note = join(dataDir, POSTGRES_NOTE);
  if (!existsSync(note)) return undefined;
  const url = readFileSync(note, 'utf8');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return url;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}
