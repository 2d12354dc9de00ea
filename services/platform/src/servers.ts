/** PostgreSQL and Kafka for an installation: those of the environment, else containers, else run here. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { ensureDatabase, obtainKafka, obtainPostgres, requireKafka } from '@pioche/local-servers';
import type { Installation } from './installation.js';

export interface Servers {
  readonly databaseUrl: Readonly<Record<ContextName, string>>;
  /** Absent: there is no Kafka, and consumers follow the logs directly. */
  readonly brokers: readonly string[] | undefined;
  readonly topicPrefix: string;
  stop(): Promise<void>;
}

/** @throws MissingPart in one line, when PostgreSQL cannot be had, or Kafka where it is needed */
export async function openServers(dataDir: string, { id }: Installation, needKafka: boolean, log: (line: string) => void): Promise<Servers> {
  const options = { dataDir, log };
  const database = obtainPostgres(options).then(async (postgres) => ({
    postgres,
    urls: await Promise.all(CONTEXTS.map(async (context) => [context, await ensureDatabase(postgres.url, `pioche_${id}_${context}`)] as const)),
  }));
  const [{ postgres, urls }, kafka] = await Promise.all([database, needKafka ? requireKafka(options) : obtainKafka(options)]);
  if (kafka) log(`Topics: ${CONTEXTS.map((context) => `pioche-${id}.${context}`).join(', ')}`);
  return {
    databaseUrl: Object.fromEntries(urls) as Record<ContextName, string>,
    brokers: kafka?.brokers,
    topicPrefix: `pioche-${id}.`,
    async stop() {
      await Promise.all([postgres.stop(), kafka?.stop()]);
    },
  };
}
