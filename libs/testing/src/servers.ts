/** A database and a topic prefix of its own for each suite, on the PostgreSQL and Kafka that the run has started. */
import { randomBytes } from 'node:crypto';
import { dropDatabaseWithRoles, ensureDatabaseWithRoles, loginsOf, type DatabaseUrls } from '@pioche/local-servers';
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { MixedList } from 'typeorm';

type Migrations = MixedList<string | Function>;

const suffix = () => randomBytes(6).toString('hex');

/** The run's PostgreSQL. @throws Error when the run has none */
export const postgresUrl = (): string => {
  const url = process.env['PIOCHE_POSTGRES_URL'];
  if (!url) throw new Error('no PostgreSQL: run the tests with `npm test`, or set PIOCHE_POSTGRES_URL');
  return url;
};

/** The run's Kafka, or nothing where there is none; under CI=true that is an error. */
export const kafkaBrokers = (): string[] | undefined => {
  const brokers = process.env['KAFKA_BROKERS'];
  if (!brokers && process.env['CI'] === 'true') throw new Error('no Kafka, and CI=true: tests about Kafka must run');
  return brokers ? brokers.split(',') : undefined;
};

/** `describe`, skipped with a word where the run has no Kafka. */
export const describeWithKafka = (name: string, suite: (brokers: string[]) => void): void => {
  const brokers = kafkaBrokers();
  if (brokers) describe(name, () => suite(brokers));
  else describe.skip(`${name} (no Kafka: set KAFKA_BROKERS, or install Java 17 and Maven)`, () => suite([]));
};

export const topicPrefix = (): string => `t${suffix()}.`;

export interface FreshDatabase {
  /** A superuser's: to look, and to do what no role may. */
  readonly url: string;
  readonly name: string;
  readonly pool: pg.Pool;
  /** As its roles. */
  readonly urls: DatabaseUrls;
  /** Ends the pool and drops the database with its roles. */
  drop(): Promise<void>;
}

/** A new empty database with its roles, and these migrations run by its owner. */
export async function freshDatabase(migrations: Migrations = []): Promise<FreshDatabase> {
  const admin = postgresUrl();
  const name = `test_${suffix()}`;
  const passwords = new Map<string, string>();
  const passwordOf = (role: string): string => passwords.get(role) ?? passwords.set(role, suffix()).get(role) ?? '';
  const url = await ensureDatabaseWithRoles(admin, name, passwordOf);
  const urls = loginsOf(url, passwordOf);
  const source = await new DataSource({ type: 'postgres', url: urls.owner, migrations }).initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.destroy();
  const pool = new pg.Pool({ connectionString: url, max: 16 });
  pool.on('error', () => {});
  return {
    url,
    urls,
    name,
    pool,
    async drop() {
      await pool.end();
      await dropDatabaseWithRoles(admin, name);
    },
  };
}
