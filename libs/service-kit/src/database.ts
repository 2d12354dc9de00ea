/** The connections of a service to its one database. */
import { AS_PLATFORM, type SchemaOwner } from '@pioche/projections';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import type { Logger } from 'pino';
import { clientOf, patientClient } from './clients.js';
import { LIMITS, type ServiceConfig } from './config.js';
import type { ContextDeclaration } from './context.js';
import { dataSourceOn, migrate, migrationsOf, rolesOf, type DatabaseLogins } from './migrating.js';
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

/** Milliseconds after which the owner's idle connection is closed: between two changes of a read model there are days. */
const OWNER_IDLE_MS = 2_000;

/** Connections of consumers beside one each: those that keep locks, and a few for what has to be looked up. */
const SPARE = 6;
/** The database's own end of a statement comes first. */
const LATER_MS = 500;

/** Of a request: for a connection, and for the answer to a statement. */
const limitsOf = (ms: number) => ({ Client: clientOf(ms + LATER_MS), connectionTimeoutMillis: ms, statement_timeout: ms });

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
    const roles = rolesOf(await userOf(ownerPool), await userOf(pool), await userOf(viewerPool));
    const ahead = await migrate(owner, databaseOwnerUrl, declaration, roles);
    if (ahead.length > 0) logger.warn({ migrations: ahead }, 'the database has migrations of a newer release: this one leaves them alone');
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

const userOf = async (pool: pg.Pool): Promise<string> => (await pool.query<{ name: string }>('SELECT current_user AS name')).rows[0]?.name ?? '';
