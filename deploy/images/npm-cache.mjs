import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from '../../scripts/lib/failure.mjs';
import { LOCAL, ROOT } from '../../scripts/lib/places.mjs';
import { hashOf, stamp } from './inputs.mjs';

const CACHE = join(LOCAL, 'npm-cache');

/** Fills the folder that the image is installed from with what the lock file names. The checksums are npm's business. */
export function fillNpmCache() {
  const filled = stamp('npm-cache');
  const hash = hashOf(['package-lock.json']);
  if (filled.is(hash) && existsSync(join(CACHE, '_cacache'))) return;
  console.log('npm: fetching what package-lock.json names (once)');
  const folder = mkdtempSync(join(tmpdir(), 'pioche-npm-'));
  const fresh = `${CACHE}.${process.pid}`;
  try {
    for (const manifest of manifests()) {
      mkdirSync(dirname(join(folder, manifest)), { recursive: true });
      copyFileSync(join(ROOT, manifest), join(folder, manifest));
    }
    // The same program as in the build: what it asks for there is in the cache.
    const npm = spawnSync(process.execPath, [join(ROOT, 'deploy/images/install.mjs'), '--fill', join(fresh, 'all')], { cwd: folder, encoding: 'utf8' });
    if (npm.status !== 0) throw new Failure(`npm could not fetch the dependencies: ${npm.stderr.trim().split('\n').slice(-3).join(' ')}`);
    rmSync(CACHE, { recursive: true, force: true });
    mkdirSync(CACHE, { recursive: true });
    renameSync(join(fresh, 'all/_cacache'), join(CACHE, '_cacache'));
    filled.set(hash);
  } finally {
    for (const left of [folder, fresh]) rmSync(left, { recursive: true, force: true });
  }
}

/** The lock file, and every manifest that it is of. */
function manifests() {
  const { workspaces } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const folders = workspaces.flatMap((/** @type {string} */ pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    return readdirSync(join(ROOT, pattern.slice(0, -2))).map((name) => pattern.replace('*', name));
  });
  return ['package.json', 'package-lock.json', ...folders.map((/** @type {string} */ folder) => `${folder}/package.json`).filter((/** @type {string} */ path) => existsSync(join(ROOT, path)))];
}
