import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { MODULES, ROOT } from './places.mjs';

const LOCK = join(ROOT, 'package-lock.json');
const STAMP = join(MODULES, '.pioche-lock-hash');

/** Brings node_modules to what package-lock.json says. Does nothing when they agree. */
export function install() {
  const lock = readFileSync(LOCK, 'utf8');
  const hash = createHash('sha256').update(lock).digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hash) return;
  if (!agreesWith(lock)) npmCi();
  writeFileSync(STAMP, hash);
}

/** Whether someone has run `npm install` already: npm keeps its own list of what lies in node_modules. @param {string} lock */
function agreesWith(lock) {
  const list = join(MODULES, '.package-lock.json');
  if (!existsSync(list)) return false;
  const wanted = JSON.parse(lock).packages;
  const present = JSON.parse(readFileSync(list, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, link, optional, dev, devOptional }]) => {
    if (!path.includes('node_modules/')) return true; // our own packages; their links are checked by the next line
    if (link) return present[path]?.link === true;
    return present[path]?.version === version || (present[path] === undefined && (optional || (devOptional && !dev)));
  });
}

/**
 * `npm ci`; where it finds the lock file incomplete, `npm install` without writing anything. A lock file made where a
 * registry lacks the packages of other systems (@swc/core-darwin-arm64 …) leaves them out, and `npm ci` then refuses
 * it; all that it does list is installed in the same versions, with the same checksums.
 */
function npmCi() {
  console.error('installing dependencies (first run, about a minute)');
  let npm = run('ci');
  if (npm.status !== 0 && npm.stderr?.includes('EUSAGE')) npm = run('install', '--no-save');
  if (npm.status === 0) return;
  process.stderr.write(npm.stderr ?? '');
  throw new Failure(npm.error === undefined ? 'the dependencies could not be installed (above)' : `npm cannot be run (${npm.error.message})`);
}

/** @param {string[]} args */
function run(...args) {
  const quietly = ['--no-audit', '--no-fund', '--loglevel=error'];
  return spawnSync('npm', [...args, ...quietly], { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' });
}
