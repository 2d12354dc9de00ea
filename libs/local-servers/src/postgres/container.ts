import { startContainer, volumeOf } from '../docker.js';
import type { LocalServerOptions, PostgresServer } from '../server.js';
import { adminPassword } from './password.js';
import { asArguments, SETTINGS } from './settings.js';

const IMAGE = 'postgres:18-alpine';
const PORT = 5432;

/** PostgreSQL in a container; its data is in a volume named after the folder, unless it is not to be kept. */
export async function containerPostgres(options: LocalServerOptions): Promise<PostgresServer | undefined> {
  const { dataDir, log, port, keep = true } = options;
  const started = Date.now();
  let password = '';
  const contained = await startContainer('PostgreSQL', options, ({ GenericContainer, Wait }, folder) => {
    password = adminPassword(folder);
    const described = new GenericContainer(IMAGE)
      .withEnvironment({ POSTGRES_PASSWORD: password })
      .withCommand(['postgres', ...asArguments(SETTINGS)])
      .withExposedPorts(port === undefined ? PORT : { container: PORT, host: port })
      .withHealthCheck({ test: ['CMD-SHELL', 'pg_isready -h 127.0.0.1 -U postgres'], interval: 250, timeout: 1_000, retries: 400 })
      .withWaitStrategy(Wait.forHealthCheck());
    return keep ? described.withBindMounts([{ source: volumeOf(dataDir), target: '/var/lib/postgresql' }]) : described;
  });
  if (contained === undefined) return undefined;
  const host = `${contained.container.getHost()}:${contained.container.getMappedPort(PORT)}`;
  log(`PostgreSQL: ${IMAGE} (Docker) on ${host}, ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return { url: `postgres://postgres:${password}@${host}/postgres`, origin: 'docker', stop: () => contained.stop() };
}
