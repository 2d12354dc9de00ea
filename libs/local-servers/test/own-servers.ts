import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discardServers } from '../src/discard.js';

/** A folder for one suite, and an environment in which it runs servers of its own, without Docker. */
export function ownServers() {
  const dataDir = mkdtempSync(join(tmpdir(), 'pioche-servers-'));
  const names = ['PIOCHE_POSTGRES_URL', 'KAFKA_BROKERS', 'DOCKER_HOST'];
  const named = names.map((name) => [name, process.env[name]] as const);
  const lines: string[] = [];
  return {
    options: { dataDir, log: (line: string) => void lines.push(line) },
    lines,
    before: () => {
      for (const name of names) delete process.env[name];
      process.env['DOCKER_HOST'] = 'unix:///nowhere/docker.sock';
    },
    after: async () => {
      for (const [name, value] of named) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      await discardServers(dataDir, () => {});
    },
  };
}
