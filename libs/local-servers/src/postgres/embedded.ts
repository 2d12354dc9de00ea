import { ChildServer, crashesOf } from '../child-server.js';
import { DataFolder } from '../data-folder.js';
import { freePort } from '../ports.js';
import type { Crashable, LocalServerOptions, PostgresServer } from '../server.js';
import { postgresBinaries, type PostgresBinaries } from './binaries.js';
import { acceptsConnections, createCluster } from './cluster.js';
import { endOrphan } from './orphan.js';
import { adminPassword } from './password.js';
import { invokeAs, serverUser } from './server-user.js';
import { asArguments, SETTINGS } from './settings.js';

/** PostgreSQL from npm's binaries, as a child process, on 127.0.0.1 only. Nothing where npm has none for this machine. */
export async function embeddedPostgres(options: LocalServerOptions): Promise<(PostgresServer & Crashable) | undefined> {
  const binaries = await postgresBinaries();
  if (binaries === undefined) return undefined;
  const folder = await DataFolder.open(options.dataDir);
  try {
    return await start(folder, binaries, options);
  } catch (error) {
    await folder.close();
    throw error;
  }
}

async function start(folder: DataFolder, binaries: PostgresBinaries, { log, port: wanted, keep = true }: LocalServerOptions): Promise<PostgresServer & Crashable> {
  const started = Date.now();
  const user = serverUser();
  const password = adminPassword(folder, user);
  await endOrphan(folder, log);
  await createCluster(folder, binaries.initdb, user);
  const port = await freePort(wanted);
  const pgdata = folder.at('data');
  const network = { port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '' };
  const server = new ChildServer({
    name: 'PostgreSQL',
    ...invokeAs(user, binaries.postgres, ['-D', pgdata, ...asArguments({ ...network, ...SETTINGS })], [pgdata]),
    cwd: folder.path,
    logFile: folder.at('server.log'),
    stopSignal: 'SIGINT', // a fast shutdown: running transactions are rolled back, a checkpoint is written
    isReady: (pid) => acceptsConnections(folder, pid),
    log,
  });
  await server.start();
  log(`PostgreSQL: 18 (embedded) on 127.0.0.1:${port}, ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return Object.assign(crashesOf(server), {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    origin: 'embedded' as const,
    stop: async () => {
      await server.stop();
      await folder.close(keep);
    },
  });
}
