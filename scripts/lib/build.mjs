import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { LOCAL, MODULES, ROOT } from './places.mjs';

const STAMP = join(LOCAL, 'build-stamp');

/** Builds what has changed, with Nx; does not even start Nx (about a second) when no source has. */
export function build() {
  const parts = packages();
  const stamp = stampOf(parts);
  const built = parts.every((part) => existsSync(join(part, 'dist')));
  if (built && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp) return;
  const started = Date.now();
  const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true' };
  const nx = spawnSync(join(MODULES, '.bin/nx'), ['run-many', '-t', 'build', '--output-style=static'], { cwd: ROOT, env, encoding: 'utf8' });
  if (nx.status !== 0) {
    process.stderr.write(`${nx.stdout ?? ''}${nx.stderr ?? ''}`);
    throw new Failure('the build failed (above)');
  }
  mkdirSync(LOCAL, { recursive: true });
  writeFileSync(STAMP, stamp);
  console.error(`built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** The folders of the packages that have something to build. */
function packages() {
  const groups = ['libs', 'services'].map((group) => join(ROOT, group)).filter((group) => existsSync(group));
  const folders = groups.flatMap((group) => readdirSync(group).map((name) => join(group, name)));
  return [...folders, join(ROOT, 'bench'), join(ROOT, 'simulator')].filter((folder) => {
    const manifest = join(folder, 'package.json');
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).scripts?.build !== undefined;
  });
}

/** Changes when a source is added, removed or written. @param {string[]} parts */
function stampOf(parts) {
  const hash = createHash('sha256');
  for (const file of [join(ROOT, '.swcrc'), ...parts.flatMap(sources)]) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

/** @param {string} part */
function sources(part) {
  const source = join(part, 'src');
  const inside = existsSync(source) ? readdirSync(source, { recursive: true, encoding: 'utf8' }).sort() : [];
  return [join(part, 'package.json'), ...inside.filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts')).map((file) => join(source, file))];
}
