import type { FreshDatabase } from '@pioche/testing';
import { ConfigError, readConfig, type ServiceConfig } from '../src/config.js';

/** How a service runs in a test: a free port, the log tail, simulated time, tokens of its own. */
export const testConfig = ({ urls }: Pick<FreshDatabase, 'urls'>): ServiceConfig => ({
  port: 0,
  host: '127.0.0.1',
  databaseUrl: urls.service,
  databaseOwnerUrl: urls.owner,
  databaseReaderUrl: urls.reader,
  databasePool: 8,
  broker: 'log',
  kafkaBrokers: [],
  topicPrefix: '',
  clock: 'simulated',
  identity: { kind: 'secret', secret: 'a secret that only this test knows, 32+' },
  logLevel: 'error',
  otlpEndpoint: undefined,
  waitLimitMs: 5_000,
});

/** What is wrong with these variables, a line each; nothing where they are right. */
export function linesOf(variables: Record<string, string>): readonly string[] {
  try {
    readConfig(variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
}
