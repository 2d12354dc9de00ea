/** The tables of a context's database, before its service starts. */
import type { ContextName } from '@pioche/contracts';
import { migrateOffline, migrationsMissing, readLogins } from '@pioche/service-kit';
import { say } from '../run-main.js';
import { runDeed, until } from './deed.js';
import { moduleOf } from './modules.js';

const PATIENCE_MS = 120_000;

export const migrate = (context: ContextName): Promise<void> =>
  runDeed(async () => {
    const logins = readLogins();
    const module = await moduleOf(context);
    // Whoever makes the database may not be done.
    await until(() => migrationsMissing(module, logins).then(() => undefined), PATIENCE_MS);
    const run = await migrateOffline(module, logins);
    say(run === 0 ? `${context}: nothing to migrate` : `${context}: ${run} migrations run`);
    return 0;
  });

export const migrated = (context: ContextName): Promise<void> =>
  runDeed(async () => {
    const logins = readLogins();
    const module = await moduleOf(context);
    await until(async () => {
      const missing = await migrationsMissing(module, logins);
      return missing.length === 0 ? undefined : `${context}: not migrated yet: ${missing.join(', ')}`;
    }, Infinity);
    return 0;
  });
