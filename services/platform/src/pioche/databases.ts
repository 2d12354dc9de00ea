/** The databases and roles of the five contexts, as the URLs with which the services will log in say. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { ensureDatabaseFor, type Login } from '@pioche/local-servers/database';
import { ConfigError, readVariables, VARIABLES } from '@pioche/service-kit';
import { Client } from 'pg';
import { z } from 'zod';
import { say } from '../run-main.js';
import { runDeed, until } from './deed.js';

const PATIENCE_MS = 120_000;

export interface DatabaseWish {
  readonly context: ContextName;
  readonly database: string;
  readonly logins: { readonly owner: Login; readonly service: Login; readonly reader: Login };
}

const complete = VARIABLES.postgresUrl.refine((text) => wishOf(text).every((part) => part !== ''), 'a URL with a user, a password and a database');

/** @returns database, role and password that a URL names */
function wishOf(url: string): readonly [database: string, role: string, password: string] {
  const { pathname, username, password } = URL.parse(url) ?? { pathname: '', username: '', password: '' };
  return [decodeURIComponent(pathname.slice(1)), decodeURIComponent(username), decodeURIComponent(password)];
}

const variableOf = (context: ContextName, which: '' | 'OWNER_' | 'READER_'): string => `${context.toUpperCase()}_DATABASE_${which}URL`;

/** @throws ConfigError naming every variable that is missing or wrong */
export function readWishes(given?: NodeJS.ProcessEnv): { readonly adminUrl: string; readonly wishes: readonly DatabaseWish[] } {
  const names = CONTEXTS.flatMap((context) => (['', 'OWNER_', 'READER_'] as const).map((which) => variableOf(context, which)));
  const urls: Readonly<Record<string, string>> = readVariables(z.object({ POSTGRES_URL: VARIABLES.postgresUrl, ...Object.fromEntries(names.map((name) => [name, complete])) }), given);
  const wishes = CONTEXTS.map((context): DatabaseWish => {
    const [database] = wishOf(urls[variableOf(context, '')] ?? '');
    const login = (which: '' | 'OWNER_' | 'READER_'): Login => {
      const [same, role, password] = wishOf(urls[variableOf(context, which)] ?? '');
      if (same !== database) throw new ConfigError([`${variableOf(context, which)}: must be of the database ${database}, as ${variableOf(context, '')} is`]);
      return { role, password };
    };
    return { context, database, logins: { owner: login('OWNER_'), service: login(''), reader: login('READER_') } };
  });
  return { adminUrl: urls['POSTGRES_URL'] ?? '', wishes };
}

export const databases = (): Promise<void> =>
  runDeed(async () => {
    const { adminUrl, wishes } = readWishes();
    await until(() => answers(adminUrl), PATIENCE_MS);
    for (const { context, database, logins } of wishes) {
      await ensureDatabaseFor(adminUrl, database, logins);
      say(`${context}: database ${database}, roles ${Object.values(logins).map(({ role }) => role).join(', ')}`);
    }
    return 0;
  });

async function answers(url: string): Promise<undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  await client.end();
}
