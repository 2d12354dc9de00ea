import { Client, escapeIdentifier as quote, escapeLiteral } from 'pg';
import { MissingPart } from './missing-part.js';

const DUPLICATE_DATABASE = '42P04';
const UNIQUE_VIOLATION = '23505';

/**
 * Creates the database when it is missing; two callers at once are fine.
 * @param adminUrl a URL whose user may create databases
 * @param owner the role that it shall belong to; the administrator where absent
 * @returns the same URL with the database's name
 */
export async function ensureDatabase(adminUrl: string, name: string, owner?: string): Promise<string> {
  await withClient(adminUrl, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount !== 0) return;
    await client.query(`CREATE DATABASE ${quote(name)}${owner === undefined ? '' : ` OWNER ${quote(owner)}`}`).catch((error: { code?: string }) => {
      if (error.code !== DUPLICATE_DATABASE && error.code !== UNIQUE_VIOLATION) throw error;
    });
  });
  return Object.assign(new URL(adminUrl), { pathname: `/${encodeURIComponent(name)}` }).href;
}

/**
 * Those who use a database of a service, each with its own login:
 * - `owner` makes tables, and drops them
 * - `service` appends and consumes
 * - `reader` answers queries
 */
export const DATABASE_ROLES = ['owner', 'service', 'reader'] as const;
export type DatabaseRole = (typeof DATABASE_ROLES)[number];
export type DatabaseUrls = Readonly<Record<DatabaseRole, string>>;

const roleName = (database: string, role: DatabaseRole): string => `${database}_${role}`;

/**
 * Creates the database and its three roles when they are missing. Only they may connect to it, none may do more than
 * its owner lets it, and none may do anything elsewhere.
 * @param adminUrl a URL of a superuser
 * @param passwordOf the password of the role of this name, which it is given now
 * @returns the same URL with the database's name; `loginsOf` makes the roles' URLs of it
 * @throws MissingPart when the database is there and belongs to somebody else
 */
export function ensureDatabaseWithRoles(adminUrl: string, name: string, passwordOf: (role: string) => string): Promise<string> {
  const login = (role: DatabaseRole): Login => ({ role: roleName(name, role), password: passwordOf(roleName(name, role)) });
  return ensureDatabaseFor(adminUrl, name, { owner: login('owner'), service: login('service'), reader: login('reader') });
}

/** How a role logs in. */
export interface Login {
  readonly role: string;
  readonly password: string;
}

/** The same, for roles of any names. @throws MissingPart when the database is there and belongs to somebody else */
export async function ensureDatabaseFor(adminUrl: string, name: string, logins: Readonly<Record<DatabaseRole, Login>>): Promise<string> {
  await withClient(adminUrl, async (client) => {
    for (const { role, password } of Object.values(logins)) await ensureRole(client, role, password);
  });
  const [owner, service, reader] = [logins.owner.role, logins.service.role, logins.reader.role];
  const url = await ensureDatabase(adminUrl, name, owner);
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ owner: string }>('SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()');
    if (rows[0]?.owner !== owner) throw new MissingPart(`database ${name} belongs to ${rows[0]?.owner}, not to ${owner}`, 'it was made by an older version: start with --fresh, or drop it');
    const others = `${quote(service)}, ${quote(reader)}`;
    await client.query(
      `REVOKE ALL ON DATABASE ${quote(name)} FROM PUBLIC; GRANT CONNECT ON DATABASE ${quote(name)} TO ${others};
       REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO ${others}`,
    );
  });
  return url;
}

/** URLs of the roles of a database, from anybody's URL to it. */
export function loginsOf(url: string, passwordOf: (role: string) => string): DatabaseUrls {
  const database = decodeURIComponent(new URL(url).pathname.slice(1));
  const login = (role: string) => Object.assign(new URL(url), { username: encodeURIComponent(role), password: encodeURIComponent(passwordOf(role)) }).href;
  return { owner: login(roleName(database, 'owner')), service: login(roleName(database, 'service')), reader: login(roleName(database, 'reader')) };
}

/** Drops both, with everything in the database. */
export async function dropDatabaseWithRoles(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${quote(name)} WITH (FORCE)`);
    await client.query(`DROP ROLE IF EXISTS ${DATABASE_ROLES.map((role) => quote(roleName(name, role))).join(', ')}`);
  });
}

const NO_MORE = 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT';

async function ensureRole(client: Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  await client.query(`${rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE ${quote(role)} ${NO_MORE} PASSWORD ${escapeLiteral(password)}`);
}

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
