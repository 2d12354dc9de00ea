import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LOCAL, ROOT } from '../../scripts/lib/places.mjs';

/** Not in the build's context: see .dockerignore. */
const LEFT_OUT = /(^|\/)(node_modules|dist|test)(\/|$)|\.spec\.ts$/;

/** A text that changes when one of these files does, or one below these folders. @param {readonly string[]} paths relative to the root */
export function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap(filesBelow).sort()) hash.update(`${path}\0`).update(readFileSync(join(ROOT, path))).update('\0');
  return hash.digest('hex').slice(0, 16);
}

/** @param {string} path @returns {string[]} */
function filesBelow(path) {
  if (LEFT_OUT.test(path)) return [];
  if (!lstatSync(join(ROOT, path)).isDirectory()) return [path];
  return readdirSync(join(ROOT, path)).flatMap((name) => filesBelow(`${path}/${name}`));
}

/** What was made of what: so that it is made again only when that has changed. @param {string} name */
export function stamp(name) {
  const file = join(LOCAL, 'images', `${name}.stamp`);
  return {
    /** @param {string} text */
    is: (text) => existsSync(file) && readFileSync(file, 'utf8') === text,
    /** @param {string} text */
    set(text) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
  };
}
