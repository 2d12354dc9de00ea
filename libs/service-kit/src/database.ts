/** The connections of a service to its one database, and its migrations. */
import { eventBusMigrations } from '@pioche/event-bus';
import { eventStoreMigrations } from '@pioche/event-store';
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { Logger } from 'pino';
import type { ServiceConfig } from './config.js';
import type { ContextDeclaration } from './context.js';
import { serviceKitMigrations } from './migrations.js';

export interface Database {
  /** For requests: appends, reads of streams. */
  readonly pool: pg.Pool;
  /** For consumers, which hold a connection while they handle a batch: they never take the last one from requests. */
  readonly consumerPool: pg.Pool;
  /** For queries. */
  readonly dataSource: DataSource;
  close(): Promise<void>;
}

function poolOf(connectionString: string, max: number, name: string, logger: Logger): pg.Pool {
  const pool = new pg.Pool({ connectionString, max, application_name: `pioche ${name}` });
  // An idle connection that is lost is replaced; without a listener it would end the process. pg hangs its whole client on
  // the error.
  return pool.on('error', ({ message }) => pool.ending || logger.warn({ reason: message }, 'a database connection was lost'));
}

/** Connects, and brings the database to the tables of this code. Replicas that start together do it one by one. */
export async function openDatabase(declaration: ContextDeclaration, config: ServiceConfig, logger: Logger): Promise<Database> {
  const { readModels, entities = [], migrations = [], reactions = [], handlers = [] } = declaration;
  const consumers = readModels.length * 2 + reactions.length + handlers.length;
  const dataSource = new DataSource({
    type: 'postgres',
    url: config.databaseUrl,
    entities: [...readModels.flatMap((model) => [...model.entities]), ...entities],
    migrations: [...eventStoreMigrations, ...eventBusMigrations, ...serviceKitMigrations, ...migrations],
    migrationsTransactionMode: 'each',
    applicationName: `pioche ${declaration.name} queries`,
    extra: { max: config.databasePool },
  });
  await dataSource.initialize();
  try {
    await migrate(dataSource, config.databaseUrl);
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  const pool = poolOf(config.databaseUrl, config.databasePool, declaration.name, logger);
  const consumerPool = poolOf(config.databaseUrl, Math.max(config.databasePool, consumers + 4), `${declaration.name} consumers`, logger);
  return {
    pool,
    consumerPool,
    dataSource,
    async close() {
      await Promise.all([pool.end(), consumerPool.end(), dataSource.destroy()]);
    },
  };
}

async function migrate(dataSource: DataSource, url: string): Promise<void> {
  const lock = new pg.Client({ connectionString: url, application_name: 'pioche migrations' });
  await lock.connect();
  try {
    // Ends with the connection.
    await lock.query(`SELECT pg_advisory_lock(hashtextextended('migrations', 0))`);
    await dataSource.runMigrations();
  } finally {
    await lock.end();
  }
}
