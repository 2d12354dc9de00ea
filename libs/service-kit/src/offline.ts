/** A context's database without its service: for tools that bring one to where the service can start. */
import type { Type } from '@nestjs/common';
import { LogTailSource } from '@pioche/event-bus';
import { EventStore } from '@pioche/event-store';
import { formatPosition, ReadModels } from '@pioche/projections';
import { declarationOf, knownEvents, ownEvents } from './context.js';
import { openDatabase, type Database } from './database.js';
import { createLogger } from './logging.js';
import { migrateDatabase, missingMigrations, namesOf, type DatabaseLogins } from './migrating.js';

/** Milliseconds that building read models may take. */
const PATIENCE_MS = 3_600_000;
const POOL = 4;

export interface OfflineContext {
  readonly database: Database;
  readonly store: EventStore;
  /** Builds every read model up to the heads of the logs, as the service would; nothing reacts, and no timer runs. */
  buildReadModels(logs: readonly EventStore[]): Promise<void>;
  close(): Promise<void>;
}

/** Names of the migrations that this code runs, in order. */
export const migrationNames = (module: Type): string[] => namesOf(declarationOf(module));

/** Brings the database to the tables and rights of this code. @returns how many migrations were run */
export const migrateOffline = (module: Type, logins: DatabaseLogins): Promise<number> => migrateDatabase(declarationOf(module), logins);

/** Names of the migrations of this code that have not been run there, in order. */
export const migrationsMissing = (module: Type, { databaseUrl, databaseOwnerUrl = databaseUrl }: DatabaseLogins): Promise<string[]> => missingMigrations(declarationOf(module), databaseOwnerUrl);

/** Opens the database, and brings it to the tables of this code. @param logins where only one is given, the owner's: the others get their rights when the service starts */
export async function openOffline(module: Type, logins: DatabaseLogins): Promise<OfflineContext> {
  const declaration = declarationOf(module);
  const logger = createLogger(declaration.name, 'warn');
  const database = await openDatabase(declaration, { ...logins, databasePool: POOL }, logger);
  const store = new EventStore({ pool: database.pool, context: declaration.name, groups: ownEvents(declaration) });
  return {
    database,
    store,
    async buildReadModels(logs) {
      const onTrouble = (error: unknown) => logger.warn({ err: error }, 'a read model is in trouble');
      const tail = new LogTailSource({ pool: database.consumerPool, stores: logs, groups: knownEvents(declaration), onTrouble: (_, error) => onTrouble(error) });
      const models = new ReadModels({
        dataSource: database.platform,
        owner: database.owner,
        pool: database.consumerPool,
        projections: declaration.readModels,
        sourceOf: () => tail,
        headOf: (context) => logs.find((log) => log.context === context)?.head(),
        onTrouble,
      });
      try {
        await models.start();
        const heads = await Promise.all(logs.map(async (log) => ({ source: log.context, position: await log.head() })));
        await models.waitFor(formatPosition(...heads), PATIENCE_MS);
      } finally {
        await models.close();
        await tail.close();
      }
    },
    async close() {
      await store.close();
      await database.close();
    },
  };
}
