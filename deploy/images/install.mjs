// Installs what the lock file says, in the image's build: from the cache when it has been filled, else from the network.
//   node install.mjs CACHE          as it is
//   node install.mjs --fill CACHE   fills it
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const filling = process.argv[2] === '--fill';
const cache = process.argv.at(-1) ?? '';
const offline = !filling && existsSync(join(cache, '_cacache'));
const quietly = ['--no-audit', '--no-fund', '--loglevel=error', '--no-update-notifier'];
// No package needs its scripts for what is built here.
const how = ['--ignore-scripts', '--cache', filling || offline ? cache : '/tmp/npm-cache', ...(offline ? ['--offline'] : [])];

/** @param {string[]} args */
const npm = (...args) => spawnSync('npm', [...args, ...quietly, ...how], { encoding: 'utf8', stdio: ['ignore', 'inherit', 'pipe'] });

let done = npm('ci');
// A lock file made where a registry lacks the packages of other systems leaves them out, and `npm ci` refuses it.
if (done.status !== 0 && done.stderr.includes('EUSAGE')) done = npm('install', '--no-save');
process.stderr.write(done.stderr ?? String(done.error));
process.exit(done.status ?? 1);
