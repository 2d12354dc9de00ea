/** PostgreSQL and Kafka for an installation: those of the environment, else containers, else run here. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { ensureDatabaseWithRoles, loginsOf, obtainKafka, obtainPostgres, requireKafka } from '@pioche/local-servers';
import type { ServiceConfig } from '@pioche/service-kit';
import { passwordOf, type Installation } from './installation.js';

export interface Servers {
  /** The administrator's, for tools; services have logins of their own: `databaseConfigOf`. */
  readonly databaseUrl: Readonly<Record<ContextName, string>>;
  /** Absent: there is no Kafka, and consumers follow the logs directly. */
  readonly brokers: readonly string[] | undefined;
  readonly topicPrefix: string;
  stop(): Promise<void>;
}

/** What the names of an installation's topics begin with. */
export const topicPrefixOf = ({ id }: Installation): string => `pioche-${id}.`;

/** In the data folder while its own PostgreSQL runs, for tools that come in beside: the administrator's URL. */
export const POSTGRES_NOTE = 'postgres.url';

/** The name of a context's database, in a server that others may use too. */
export const databaseNameOf = ({ id }: Installation, context: ContextName): string => `pioche_${id}_${context}`;

/** One database per context with its roles, made where it is missing. @param adminUrl a superuser's @returns the administrator's URLs */
export async function contextDatabases(adminUrl: string, installation: Installation): Promise<Record<ContextName, string>> {
  const urls = await Promise.all(CONTEXTS.map(async (context) => [context, await ensureDatabaseWithRoles(adminUrl, databaseNameOf(installation, context), passwordOf(installation))] as const));
  return Object.fromEntries(urls) as Record<ContextName, string>;
}

/** How a service logs in to its database: each role for what it is there for. @param databaseUrl anybody's */
export function databaseConfigOf(databaseUrl: string, installation: Installation): Pick<ServiceConfig, 'databaseUrl' | 'databaseOwnerUrl' | 'databaseReaderUrl'> {
  const { owner, service, reader } = loginsOf(databaseUrl, passwordOf(installation));
  return { databaseUrl: service, databaseOwnerUrl: owner, databaseReaderUrl: reader };
}

/** @throws MissingPart in one line, when PostgreSQL cannot be had, or Kafka where it is needed */
export async function openServers(dataDir: string, installation: Installation, needKafka: boolean, log: (line: string) => void): Promise<Servers> {
  const options = { dataDir, log };
  const topicPrefix = topicPrefixOf(installation);
  const database = obtainPostgres(options).then(async (postgres) => ({ postgres, databaseUrl: await contextDatabases(postgres.url, installation) }));
  const [{ postgres, databaseUrl }, kafka] = await Promise.all([database, needKafka ? requireKafka(options) : obtainKafka(options)]);
  const note = join(dataDir, POSTGRES_NOTE);
  if (postgres.origin !== 'environment') writeFileSync(note, postgres.url, { mode: 0o600 });
  if (kafka) log(`Topics: ${CONTEXTS.map((context) => `${topicPrefix}${context}`).join(', ')}`);
  return {
    databaseUrl,
    brokers: kafka?.brokers,
    topicPrefix,
    async stop() {
      rmSync(note, { force: true });
      await Promise.all([postgres.stop(), kafka?.stop()]);
    },
  };
}
