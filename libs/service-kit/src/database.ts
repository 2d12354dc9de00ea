/** The connections of a service to its one database, its migrations, and what its roles may do there. */
import { setTimeout as pause } from 'node:timers/promises';
import { eventBusMigrations, eventBusRights } from '@pioche/event-bus';
import { eventStoreMigrations, eventStoreRights } from '@pioche/event-store';
import { AS_PLATFORM, grants, type Rights, type Roles, type SchemaOwner } from '@pioche/projections';
import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import type { Logger } from 'pino';
import { clientOf, patientClient } from './clients.js';
import { LIMITS, type ServiceConfig } from './config.js';
import type { ContextDeclaration } from './context.js';
import { serviceKitMigrations, serviceKitRights } from './migrations.js';
import { ViewerPool } from './viewer.js';

export interface Database {
  /** For requests: appends, reads of streams. */
  readonly pool: pg.Pool;
  /** For consumers, which hold a connection while they handle a batch: they never take the last one from requests. */
  readonly consumerPool: pg.Pool;
  /** For queries: what a connection sees depends on whom it is lent for. */
  readonly viewerPool: ViewerPool;
  /** … by TypeORM. */
  readonly dataSource: DataSource;
  /** For reactions and timers, which see everything; on the consumers' connections. */
  readonly platform: DataSource;
  /** Makes and drops tables. Its connections close when it has nothing to do. */
  readonly owner: SchemaOwner<DataSource>;
  close(): Promise<void>;
}

/** Where the database is, for each of its roles. */
export type DatabaseLogins = Pick<ServiceConfig, 'databaseUrl' | 'databaseOwnerUrl' | 'databaseReaderUrl'>;

/** Milliseconds after which the owner's idle connection is closed: between two changes of a read model there are days. */
const OWNER_IDLE_MS = 2_000;

/** Longer than any statement of a migration takes. */
const MIGRATION_MS = 3_600_000;
/** Connections of consumers beside one each: those that keep locks, and a few for what has to be looked up. */
const SPARE = 6;
/** How often a replica asks whether another has migrated. */
const MIGRATING_MS = 250;
/** The database's own end of a statement comes first. */
const LATER_MS = 500;

/** Of a request: for a connection, and for the answer to a statement. */
const limitsOf = (ms: number) => ({ Client: clientOf(ms + LATER_MS), connectionTimeoutMillis: ms, statement_timeout: ms });

/** What the roles may do with the tables that migrations make. Those of read models are their registry's. */
export const rightsOf = ({ tables = {} }: Pick<ContextDeclaration, 'tables'>): Rights => ({ ...eventStoreRights, ...eventBusRights, ...serviceKitRights, ...tables });

/** In the order in which they are run. */
export const migrationsOf = ({ migrations = [] }: Pick<ContextDeclaration, 'migrations'>): (new () => MigrationInterface)[] => [
  ...eventStoreMigrations,
  ...eventBusMigrations,
  ...serviceKitMigrations,
  ...migrations,
];

/** Connects, and brings the database to the tables and rights of this code. Replicas that start together do it one by one. */
export async function openDatabase(declaration: ContextDeclaration, config: DatabaseLogins & Pick<ServiceConfig, 'databasePool' | 'databaseLimitMs'>, logger: Logger): Promise<Database> {
  const { readModels, entities: others = [], reactions = [], handlers = [] } = declaration;
  const { databaseUrl, databaseOwnerUrl = databaseUrl, databaseReaderUrl = databaseUrl, databasePool: max } = config;
  const consumers = readModels.length * 2 + reactions.length + handlers.length;
  const entities = [...readModels.flatMap((model) => [...model.entities]), ...others];
  const limits = limitsOf(config.databaseLimitMs ?? LIMITS.databaseLimitMs);
  const Client = patientClient();
  const named = (name: string) => `pioche ${declaration.name}${name}`;

  const pool = watched(new pg.Pool({ connectionString: databaseUrl, max, application_name: named(''), options: AS_PLATFORM, ...limits }), logger);
  const consumerPool = watched(new pg.Pool({ connectionString: databaseUrl, max: Math.max(max, consumers + SPARE), application_name: named(' consumers'), options: AS_PLATFORM, Client }), logger);
  const viewerPool = watched(new ViewerPool({ connectionString: databaseReaderUrl, max, application_name: named(' queries'), ...limits }), logger);
  const ownerPool = watched(new pg.Pool({ connectionString: databaseOwnerUrl, max: 2, application_name: named(' owner'), idleTimeoutMillis: OWNER_IDLE_MS, Client }), logger);
  const pools = [pool, consumerPool, viewerPool, ownerPool];
  const close = async () => void (await Promise.all(pools.map((each) => each.end())));
  try {
    const owner = dataSourceOn(ownerPool, { entities, migrations: migrationsOf(declaration) });
    await owner.initialize();
    const roles = await rolesOf(ownerPool, pool, viewerPool);
    await migrate(owner, databaseOwnerUrl, declaration, roles);
    const [dataSource, platform] = await Promise.all([viewerPool, consumerPool].map((each) => dataSourceOn(each, { entities }).initialize()));
    if (dataSource === undefined || platform === undefined) throw new Error('there are two');
    return { pool, consumerPool, viewerPool, dataSource, platform, owner: { dataSource: owner, roles }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** An idle connection that is lost is replaced; without a listener it would end the process. pg hangs its whole client on the error. */
function watched<P extends pg.Pool>(pool: P, logger: Logger): P {
  pool.on('error', ({ message }) => pool.ending || logger.warn({ reason: message }, 'a database connection was lost'));
  return pool;
}

/** TypeORM on a pool that is there: it makes its own with the driver's class. The pool is ended by whoever made it. */
function dataSourceOn(pool: pg.Pool, { entities, migrations = [] }: { entities: readonly unknown[]; migrations?: readonly unknown[] }): DataSource {
  const driver = { Pool: class { constructor() { return pool; } } };
  return new DataSource({ type: 'postgres', driver, entities: entities as [], migrations: migrations as [], migrationsTransactionMode: 'each' });
}

/** Names as the database knows them; nothing where one role does everything. */
async function rolesOf(...pools: readonly [owner: pg.Pool, service: pg.Pool, reader: pg.Pool]): Promise<Roles | undefined> {
  const [owner = '', service = '', reader = ''] = await Promise.all(pools.map(async (pool) => {
    const { rows } = await pool.query<{ name: string }>('SELECT current_user AS name');
    return rows[0]?.name;
  }));
  return service === owner && reader === owner ? undefined : { owner, service, reader };
}

async function migrate(owner: DataSource, url: string, declaration: ContextDeclaration, roles: Roles | undefined): Promise<void> {
  const migrations = migrationsOf(declaration);
  const rights = roles === undefined ? [] : grants(rightsOf(declaration), roles);
  const Client = patientClient();
  const lock = new Client({ connectionString: url, application_name: 'pioche migrations' });
  await lock.connect();
  try {
    // Ends with the connection.
    while (!(await lock.query<{ locked: boolean }>(`SELECT pg_try_advisory_lock(hashtextextended('migrations', 0)) AS locked`)).rows[0]?.locked) await pause(MIGRATING_MS);
    if (await owner.showMigrations()) await runMigrations(url, migrations);
    // Several statements in one text are one transaction: nobody is without rights in between.
    if (rights.length > 0) await lock.query(rights.join('; '));
  } finally {
    await lock.end();
  }
}

async function runMigrations(url: string, migrations: readonly unknown[]): Promise<void> {
  const pool = new pg.Pool({ Client: patientClient(MIGRATION_MS), connectionString: url, max: 1, application_name: 'pioche migrations' });
  try {
    const dataSource = await dataSourceOn(pool, { entities: [], migrations }).initialize();
    await dataSource.runMigrations();
  } finally {
    await pool.end();
  }
}
