/** Restores a backup into empty databases: all five or none, and again where it was cut off. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { beginRestore, completeRestore, migrationNames, openOffline, type DatabaseLogins, type OfflineContext } from '@pioche/service-kit';
import { AuditTree } from '@pioche/sovereignty';
import type pg from 'pg';
import { MODULES } from '../modules.js';
import { checkedManifest } from './check-files.js';
import { connect, type DatabaseUrls } from './cut.js';
import { loadContext } from './load.js';
import { BackupError, type Manifest } from './manifest.js';
import { checkTargets } from './target.js';

export interface RestoreOptions {
  readonly from: string;
  readonly databases: Readonly<Record<ContextName, DatabaseLogins>>;
  readonly say: (line: string) => void;
}

export interface RestoredBackup {
  readonly manifest: Manifest;
  /** Copied into the databases, before compression. */
  readonly bytes: number;
  /** For checking and loading; then for building the read models. */
  readonly seconds: { readonly load: number; readonly build: number };
}

/**
 * Nothing is written anywhere before every file is found whole and every database empty. Then no service starts on
 * any of the databases until all of them are complete.
 * @throws BackupError
 */
export async function restoreBackup({ from, databases, say }: RestoreOptions): Promise<RestoredBackup> {
  const begun = performance.now();
  const { manifest, checksum: backup } = await checkedManifest(from);
  checkRelease(manifest);
  const urls = Object.fromEntries(CONTEXTS.map((context) => [context, databases[context].databaseOwnerUrl ?? databases[context].databaseUrl])) as DatabaseUrls;
  const states = await checkTargets(urls, manifest, backup);
  const open = CONTEXTS.filter((context) => states.get(context) === 'free');
  say(`The backup of ${manifest.taken_at} is whole; ${open.length === 0 ? 'it is restored here already' : 'loading'}`);
  await Promise.all(open.map((context) => withClient(urls[context], (client) => beginRestore(client, backup))));
  // One by one: together they would run their migrations on as many connections as all services have.
  const contexts = new Map<ContextName, OfflineContext>();
  try {
    for (const context of CONTEXTS) contexts.set(context, await openOffline(MODULES[context], databases[context]));
    const bytes = await Promise.all(open.map((context) => loadContext(from, context, manifest.contexts[context], urls[context])));
    const loaded = performance.now();
    say('Building the read models');
    const logs = [...contexts.values()].map(({ store }) => store);
    for (const context of open) await contexts.get(context)?.buildReadModels(logs);
    await checkAudit(contexts.get('sovereignty'), manifest);
    await Promise.all(open.map((context) => withClient(urls[context], (client) => completeRestore(client, backup))));
    const seconds = { load: (loaded - begun) / 1000, build: (performance.now() - loaded) / 1000 };
    return { manifest, bytes: bytes.reduce((sum, n) => sum + n, 0), seconds };
  } finally {
    for (const context of contexts.values()) await context.close();
  }
}

/** The tables must be those that the backup was taken of. */
function checkRelease({ contexts }: Manifest): void {
  for (const context of CONTEXTS) {
    const [there, here] = [contexts[context].migrations, migrationNames(MODULES[context])];
    const odd = [...there.filter((name) => !here.includes(name)), ...here.filter((name) => !there.includes(name))];
    if (odd.length === 0) continue;
    throw new BackupError(`the backup is of another release (${context}: ${odd.join(', ')}): restore it with that one, then start this one, which migrates it`);
  }
}

async function checkAudit(sovereignty: OfflineContext | undefined, { audit }: Manifest): Promise<void> {
  if (sovereignty === undefined) throw new Error('sovereignty is one of the contexts');
  const { size, root } = await new AuditTree(sovereignty.database.pool).head();
  if (size !== audit.size || root.toString('base64') !== audit.root) throw new BackupError(`the audit log has ${size} leaves and another root than the backup's ${audit.size}`);
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = await connect(url, 'pioche restore');
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
