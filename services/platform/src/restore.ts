/** `npm run restore`: a backup into empty databases. */
import { join, resolve } from 'node:path';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { obtainPostgres } from '@pioche/local-servers';
import type { DatabaseLogins } from '@pioche/service-kit';
import { countEvents } from './backup/count-events.js';
import { keyFileOf, readKey } from './backup/key.js';
import { BackupError, readManifest } from './backup/manifest.js';
import { parseRestore, type RestoreChoice } from './backup/options.js';
import { restoreBackup, type RestoredBackup } from './backup/restore-backup.js';
import { beginInstallation, completeInstallation, isInstalled } from './installation.js';
import { runMain, say } from './run-main.js';
import { ScenarioState } from './scenario/state.js';
import { contextDatabases, databaseConfigOf } from './servers.js';

type Databases = Readonly<Record<ContextName, DatabaseLogins>>;

await runMain(async () => {
  const choice = parseRestore(process.argv.slice(2));
  if ('urls' in choice.place) {
    const { urls } = choice.place;
    report(await restoreBackup({ from: choice.from, databases: forEach((context) => ({ databaseUrl: urls[context] })), say }));
    say('Publish to topics that are new: another TOPIC_PREFIX than that of the system that the backup is of');
  } else await restoreInstallation(resolve(choice.place.dataDir), choice);
  return 0;
});

function forEach(logins: (context: ContextName) => DatabaseLogins): Databases {
  return Object.fromEntries(CONTEXTS.map((context) => [context, logins(context)])) as Databases;
}

async function restoreInstallation(dataDir: string, { from, key, newKey }: RestoreChoice): Promise<void> {
  if (isInstalled(dataDir)) throw new BackupError(`${dataDir} holds an installation with ${await countEvents(dataDir)} events: a backup is restored into a folder without one`);
  const { manifest } = readManifest(from);
  const secret = readKey(manifest, key ?? keyFileOf(from), newKey);
  const installation = beginInstallation(dataDir, secret);
  const postgres = await obtainPostgres({ dataDir, log: say });
  try {
    const urls = await contextDatabases(postgres.url, installation);
    report(await restoreBackup({ from, databases: forEach((context) => databaseConfigOf(urls[context], installation)), say }));
    if (manifest.scenario) new ScenarioState(join(dataDir, 'scenario.json')).write(manifest.scenario);
    completeInstallation(dataDir);
    say(`The installation is in ${dataDir}; its topics are new`);
  } finally {
    await postgres.stop();
  }
}

function report({ manifest, bytes, seconds: { load, build } }: RestoredBackup): void {
  const events = CONTEXTS.reduce((sum, context) => sum + manifest.contexts[context].events, 0);
  say(`Events      ${events}`);
  say(`Audit log   ${manifest.audit.size} leaves, root ${manifest.audit.root}`);
  say(`Time        ${load.toFixed(1)} s checked and loaded (${Math.round(events / load)} events/s, ${(bytes / 1e6 / load).toFixed(1)} MB/s), ${build.toFixed(1)} s read models (${Math.round(events / build)} events/s)`);
}
