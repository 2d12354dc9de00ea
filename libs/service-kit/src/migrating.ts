/** Brings a context's database to the tables and rights of this code, and tells whether it is there. */
import { setTimeout as pause } from 'node:timers/promises';
import { eventBusMigrations, eventBusRights } from '@pioche/event-bus';
import { eventStoreMigrations, eventStoreRights } from '@pioche/event-store';
import { grants, type Rights, type Roles } from '@pioche/projections';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { patientClient } from './clients.js';
import type { ServiceConfig } from './config.js';
import type { ContextDeclaration } from './context.js';
import { migrationName, migrationsAhead, remembered, type MigrationClass } from './contracting.js';
import { serviceKitMigrations, serviceKitRights } from './migrations.js';
import { refuseHalfRestored } from './restores.js';

/** Where the database is, for each of its roles. */
export type DatabaseLogins = Pick<ServiceConfig, 'databaseUrl' | 'databaseOwnerUrl' | 'databaseReaderUrl'>;

/** Longer than any statement of a migration takes. */
const MIGRATION_MS = 3_600_000;
/** How often a replica asks whether another has migrated. */
const MIGRATING_MS = 250;

/** What the roles may do with the tables that migrations make. Those of read models are their registry's. */
export const rightsOf = ({ tables = {} }: Pick<ContextDeclaration, 'tables'>): Rights => ({ ...eventStoreRights, ...eventBusRights, ...serviceKitRights, ...tables });

/** In the order in which they are run. */
export const migrationsOf = ({ migrations = [] }: Pick<ContextDeclaration, 'migrations'>): MigrationClass[] => [
  ...eventStoreMigrations,
  ...eventBusMigrations,
  ...serviceKitMigrations,
  ...migrations,
].map(remembered);

export const namesOf = (declaration: ContextDeclaration): string[] => migrationsOf(declaration).map(migrationName);

/** TypeORM on a pool that is there: it makes its own with the driver's class. The pool is ended by whoever made it. */
export function dataSourceOn(pool: pg.Pool, { entities = [], migrations = [] }: { entities?: readonly unknown[]; migrations?: readonly unknown[] }): DataSource {
  const driver = { Pool: class { constructor() { return pool; } } };
  return new DataSource({ type: 'postgres', driver, entities: entities as [], migrations: migrations as [], migrationsTransactionMode: 'each' });
}

/** @param names as the database knows them @returns nothing where one role does everything */
export function rolesOf(owner: string, service: string, reader: string): Roles | undefined {
  return service === owner && reader === owner ? undefined : { owner, service, reader };
}

/**
 * Replicas that start together do it one by one. Where a newer release has been before, its rights stay as they are: it
 * may run beside this one.
 * @param owner with the migrations of the declaration
 * @returns migrations of a newer release that have been run
 * @throws ContractedError
 */
export async function migrate(owner: DataSource, url: string, declaration: ContextDeclaration, roles: Roles | undefined): Promise<string[]> {
  const rights = roles === undefined ? [] : grants(rightsOf(declaration), roles);
  const Client = patientClient();
  const lock = new Client({ connectionString: url, application_name: 'pioche migrations' });
  await lock.connect();
  try {
    // Ends with the connection.
    while (!(await lock.query<{ locked: boolean }>(`SELECT pg_try_advisory_lock(hashtextextended('migrations', 0)) AS locked`)).rows[0]?.locked) await pause(MIGRATING_MS);
    const ahead = await migrationsAhead(lock, namesOf(declaration));
    if (await owner.showMigrations()) await withMigrations(url, declaration, (dataSource) => dataSource.runMigrations());
    // Several statements in one text are one transaction: nobody is without rights in between.
    if (rights.length > 0 && ahead.length === 0) await lock.query(rights.join('; '));
    return ahead;
  } finally {
    await lock.end();
  }
}

/** Migrates without a service: for a job before its replicas start. @returns how many migrations were run */
export async function migrateDatabase(declaration: ContextDeclaration, { databaseUrl, databaseOwnerUrl = databaseUrl, databaseReaderUrl = databaseUrl }: DatabaseLogins): Promise<number> {
  const [owner = '', service = '', reader = ''] = await Promise.all([databaseOwnerUrl, databaseUrl, databaseReaderUrl].map(userAt));
  await refuseHalfRestored(databaseOwnerUrl);
  const before = await missingMigrations(declaration, databaseOwnerUrl);
  await withMigrations(databaseOwnerUrl, declaration, (dataSource) => migrate(dataSource, databaseOwnerUrl, declaration, rolesOf(owner, service, reader)));
  return before.length;
}

/** Names of the migrations of this code that have not been run, in order. @param url as the role that owns the schema */
export async function missingMigrations(declaration: ContextDeclaration, url: string): Promise<string[]> {
  const done = await asked(url, async (client) => {
    const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('public.migrations') IS NOT NULL AS there`);
    return rows[0]?.there === true ? (await client.query<{ name: string }>('SELECT name FROM migrations')).rows : [];
  });
  const names = new Set(done.map(({ name }) => name));
  return namesOf(declaration).filter((name) => !names.has(name));
}

/** As whom the database knows whoever logs in so. */
const userAt = (url: string): Promise<string> => asked(url, async (client) => (await client.query<{ name: string }>('SELECT current_user AS name')).rows[0]?.name ?? '');

async function asked<T>(url: string, question: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new (patientClient())({ connectionString: url, application_name: 'pioche migrations' });
  await client.connect();
  try {
    return await question(client);
  } finally {
    await client.end();
  }
}

async function withMigrations(url: string, declaration: ContextDeclaration, work: (dataSource: DataSource) => Promise<unknown>): Promise<void> {
  const pool = new pg.Pool({ Client: patientClient(MIGRATION_MS), connectionString: url, max: 1, application_name: 'pioche migrations' });
  try {
    await work(await dataSourceOn(pool, { migrations: migrationsOf(declaration) }).initialize());
  } finally {
    await pool.end();
  }
}
