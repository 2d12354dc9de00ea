import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { GenericContainer, StartedTestContainer } from 'testcontainers';
import { DataFolder } from './data-folder.js';
import type { LocalServerOptions } from './server.js';

const PATIENCE_MS = 500;

/** Whether a Docker engine answers, within half a second. Says no where it cannot be asked so quickly. */
export async function dockerAnswers(env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const answers = await Promise.all(endpoints(env).map(ping));
  return answers.includes(true);
}

/** A container's folder on this side, and the container in it. */
export interface Contained {
  readonly container: StartedTestContainer;
  /** Ends the container and lets go of the folder. */
  stop(): Promise<void>;
}

/**
 * The container, started, or nothing when there is no engine or the image cannot be had.
 * @throws MissingPart when the folder is in use
 */
export async function startContainer(
  name: string,
  { dataDir, log, keep = true }: LocalServerOptions,
  describe: (testcontainers: typeof import('testcontainers'), folder: DataFolder) => GenericContainer,
): Promise<Contained | undefined> {
  if (!(await dockerAnswers())) return undefined;
  const folder = await DataFolder.open(dataDir);
  try {
    const container = await describe(await import('testcontainers'), folder).start();
    const stop = async () => {
      await container.stop();
      await folder.close(keep);
    };
    return { container, stop };
  } catch (error) {
    await folder.close();
    log(`${name}: Docker answers, but no container could be started (${firstLine(error)})`);
    return undefined;
  }
}

/** The name of the volume that holds the data of a folder's container: the same at each start. */
export function volumeOf(folder: string): string {
  return `pioche-${createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 12)}`;
}

type Endpoint = { socketPath: string } | { host: string; port: number };

function endpoints(env: NodeJS.ProcessEnv): Endpoint[] {
  const named = env['DOCKER_HOST'];
  if (named === undefined || named === '') {
    const places = ['/var/run', env['XDG_RUNTIME_DIR'] ?? '/var/run', join(homedir(), '.docker/run')];
    return [...new Set(places)].map((place) => ({ socketPath: join(place, 'docker.sock') }));
  }
  if (named.startsWith('unix://')) return [{ socketPath: named.slice('unix://'.length) }];
  const url = URL.parse(named);
  return url === null || url.hostname === '' ? [] : [{ host: url.hostname, port: Number(url.port) || 2375 }];
}

function ping(endpoint: Endpoint): Promise<boolean> {
  return new Promise((done) => {
    const asked = request({ ...endpoint, path: '/_ping', timeout: PATIENCE_MS }, (response) => {
      response.resume();
      done(response.statusCode === 200);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => done(false));
    asked.once('close', () => done(false));
    asked.end();
  });
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}
