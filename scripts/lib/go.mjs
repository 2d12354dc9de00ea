import { execFileSync } from 'node:child_process';

/**
 * An environment in which Go fetches from the proxies that it is configured with and from nowhere else: `direct` would
 * wait for hosts that may not be reached. It builds with the Go that is there.
 * @returns {NodeJS.ProcessEnv} @throws {Error} with code ENOENT where there is no Go
 */
export function goEnvironment() {
  const proxies = execFileSync('go', ['env', 'GOPROXY'], { encoding: 'utf8' }).trim().split(',').filter((one) => one !== 'direct' && one !== 'off');
  return { ...process.env, GOPROXY: [...proxies, 'off'].join(','), GOFLAGS: '-mod=mod', GONOSUMDB: '*', GOTOOLCHAIN: 'local' };
}
