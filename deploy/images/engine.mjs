import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../../scripts/lib/failure.mjs';

/** @typedef {{ docker(args: readonly string[], options?: { quiet?: boolean, input?: string }): string, tries(args: readonly string[]): boolean, stop(): Promise<void> }} Engine */

/** Images and layers of an engine of our own: outside every build context, and kept for the next time. */
const HOME = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'pioche/docker');
const OWN = `unix://${HOME}/socket`;
const PATIENCE_MS = 60_000;

/**
 * A Docker engine: the one that answers here; where none does and this is root on Linux with a `dockerd`, one of our own
 * without any network, which ends with `stop`.
 * @returns {Promise<Engine>} @throws Failure when there is no way to one
 */
export async function openEngine() {
  if (spawnSync('docker', ['--version']).error) throw new Failure('there is no docker: install Docker (Debian: docker.io)');
  if (answers({})) return engineAt({}, async () => {});
  if (answers({ DOCKER_HOST: OWN })) return engineAt({ DOCKER_HOST: OWN }, async () => {});
  if (process.getuid?.() !== 0 || spawnSync('dockerd', ['--version']).error) throw new Failure('no Docker engine answers: start one, or name it with DOCKER_HOST');
  mkdirSync(HOME, { recursive: true });
  const log = openSync(join(HOME, 'dockerd.log'), 'w');
  const place = ['--data-root', join(HOME, 'data'), '--exec-root', join(HOME, 'exec'), '--pidfile', join(HOME, 'pid'), '--host', OWN];
  const dockerd = spawn('dockerd', [...place, '--bridge=none', '--iptables=false', '--ip6tables=false'], { stdio: ['ignore', log, log], detached: true });
  const stop = async () => {
    if (dockerd.exitCode !== null || dockerd.signalCode !== null) return;
    const ended = new Promise((resolve) => dockerd.once('exit', resolve));
    dockerd.kill();
    await ended;
  };
  for (const end = Date.now() + PATIENCE_MS; !answers({ DOCKER_HOST: OWN }); await pause(200)) {
    if (dockerd.exitCode === null && Date.now() < end) continue;
    await stop();
    throw new Failure(`dockerd does not start: see ${HOME}/dockerd.log`);
  }
  return engineAt({ DOCKER_HOST: OWN }, stop);
}

/** @param {Record<string, string>} env */
const answers = (env) => spawnSync('docker', ['version'], { env: { ...process.env, ...env } }).status === 0;

/** @param {Record<string, string>} more @param {() => Promise<void>} stop @returns {Engine} */
function engineAt(more, stop) {
  const env = { ...process.env, ...more };
  return {
    docker(args, { quiet = false, input } = {}) {
      const run = spawnSync('docker', args, { env, input, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2, stdio: ['pipe', 'pipe', quiet ? 'pipe' : 'inherit'] });
      if (run.status !== 0) throw new Failure(`docker ${args.slice(0, 3).join(' ')} … failed${quiet ? `: ${run.stderr.trim().split('\n').at(-1)}` : ' (above)'}${quiet ? '' : `\n${run.stdout.split('\n').slice(-30).join('\n')}`}`);
      return run.stdout.trim();
    },
    tries: (args) => spawnSync('docker', args, { env }).status === 0,
    stop,
  };
}
