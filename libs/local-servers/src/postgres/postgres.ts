import { join } from 'node:path';
import { firstOf } from '../choice.js';
import { MissingPart } from '../missing-part.js';
import type { LocalServerOptions, PostgresServer } from '../server.js';
import { containerPostgres } from './container.js';
import { embeddedPostgres } from './embedded.js';

/**
 * A PostgreSQL: the one named by `PIOCHE_POSTGRES_URL`, else a container, else one run here from npm's binaries.
 * @throws MissingPart when there is no room, the port or the folder is taken, or there are no binaries for this machine
 */
export async function obtainPostgres(options: LocalServerOptions): Promise<PostgresServer> {
  const inFolder = { ...options, dataDir: join(options.dataDir, 'postgres') };
  const server = await firstOf<PostgresServer>([
    () => environmentPostgres(options.log),
    () => containerPostgres(inFolder),
    () => embeddedPostgres(inFolder),
  ]);
  if (server !== undefined) return server;
  throw new MissingPart(`no PostgreSQL for ${process.platform}-${process.arch}`, 'set PIOCHE_POSTGRES_URL, or start Docker');
}

async function environmentPostgres(log: (line: string) => void): Promise<PostgresServer | undefined> {
  const named = process.env['PIOCHE_POSTGRES_URL'];
  if (named === undefined || named === '') return undefined;
  const url = URL.parse(named);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new MissingPart('PIOCHE_POSTGRES_URL is not a PostgreSQL URL', 'write it as postgres://user:password@host:5432/postgres');
  }
  log(`PostgreSQL: ${url.host} (PIOCHE_POSTGRES_URL)`);
  return { url: named, origin: 'environment', stop: async () => {} };
}
