import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Usage } from './failure.mjs';
import { ROOT } from './places.mjs';
import { passThrough } from './processes.mjs';
import { withServers } from './servers.mjs';

const DIST = join(ROOT, 'bench/dist');
const ENDING = '.bench.js';

/** `bench [name] [arguments of it]`: one bench, or all, each in its own process. @param {string[]} args */
export async function bench([name, ...args]) {
  const all = (existsSync(DIST) ? readdirSync(DIST) : []).filter((file) => file.endsWith(ENDING)).map((file) => file.slice(0, -ENDING.length));
  if (name !== undefined && !all.includes(name)) throw new Usage(`no bench "${name}": one of ${all.join(', ') || '(none yet)'}`);
  const chosen = name === undefined ? all : [name];
  return withServers('bench', async (env) => {
    let worst = 0;
    for (const each of chosen) worst = Math.max(worst, await passThrough(process.execPath, [join(DIST, each + ENDING), ...args], { cwd: ROOT, env }));
    return worst;
  });
}
