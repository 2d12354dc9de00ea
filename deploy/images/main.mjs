/** `npm run images`: what a cluster needs, as files that it can be given. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Failure, Usage } from '../../scripts/lib/failure.mjs';
import { ROOT } from '../../scripts/lib/places.mjs';
import { openEngine } from './engine.mjs';
import { hashOf, stamp } from './inputs.mjs';
import { fillNpmCache } from './npm-cache.mjs';
import { writeImageSbom } from './sbom.mjs';
import { makeStandIn, standInHash } from './stand-ins.mjs';

/** @import { Engine } from './engine.mjs' */

const OUT = join(ROOT, 'dist/images');
/** Name of the file and of the stand-in → the image. */
const SERVERS = { postgres: 'postgres:18', kafka: 'apache/kafka:4.1.0' };
const BASE = 'node:24-bookworm-slim';
const NAMES = ['pioche', ...Object.keys(SERVERS)];
/** Everything that our image is made of, beside its base. */
const SOURCES = ['package.json', 'package-lock.json', 'nx.json', '.swcrc', '.dockerignore', 'libs', 'services', 'bench/package.json', 'simulator/package.json', 'deploy/Dockerfile', 'deploy/images'];

const HELP = `npm run images -- [NAME…] [--tag TAG] [--base IMAGE]
Writes dist/images/NAME.tar for ${NAMES.join(', ')}, or those that are named, and dist/images/pioche.cdx.json, the SBOM.
What has not changed since is not made again.
  --tag TAG     of our image (default: dev)
  --base IMAGE  what it is built on: Node 24, npm, glibc (default: ${BASE})`;

/** @param {string[]} args @returns {Promise<number>} the exit status */
export async function images(args) {
  const { names, tag, base, help } = read(args);
  if (help) {
    console.log(HELP);
    return 0;
  }
  const started = Date.now();
  mkdirSync(OUT, { recursive: true });
  const missing = names.filter((name) => !existsSync(fileOf(name)) || !stamp(name).is(inputsOf(name, tag, base)));
  if (missing.length > 0) {
    const engine = await openEngine();
    try {
      for (const name of missing) {
        const inputs = inputsOf(name, tag, base);
        if (name === 'pioche') await build(engine, tag, base);
        else await obtain(engine, name, imageOf(name));
        save(engine, name === 'pioche' ? `pioche:${tag}` : imageOf(name), name);
        stamp(name).set(inputs);
      }
    } finally {
      await engine.stop();
    }
  }
  for (const name of names) console.log(`dist/images/${name}.tar: ${(statSync(fileOf(name)).size / 1e6).toFixed(0)} MB`);
  console.log(`${missing.length} of ${names.length} made, ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return 0;
}

/** @param {string[]} args */
function read(args) {
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { tag: { type: 'string', default: 'dev' }, base: { type: 'string', default: BASE }, help: { type: 'boolean', default: false } } });
    const unknown = positionals.find((name) => !NAMES.includes(name));
    if (unknown !== undefined) throw new Error(`no image "${unknown}": one of ${NAMES.join(', ')}`);
    return { ...values, names: positionals.length > 0 ? positionals : NAMES };
  } catch (error) {
    throw new Usage(error instanceof Error ? error.message : String(error));
  }
}

/** @param {string} name */
const fileOf = (name) => join(OUT, `${name}.tar`);

/** @param {string} name */
const imageOf = (name) => Object.entries(SERVERS).find(([one]) => one === name)?.[1] ?? '';

/** @param {string} name @param {string} tag @param {string} base */
const inputsOf = (name, tag, base) => (name === 'pioche' ? `${hashOf(SOURCES)} ${tag} ${base} ${revision()}` : `${imageOf(name)} ${standInHash(name)}`);

/** Our image, offline. @param {Engine} engine @param {string} tag @param {string} base */
async function build(engine, tag, base) {
  fillNpmCache();
  await obtain(engine, 'node', base);
  console.log(`building pioche:${tag}`);
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const given = { BASE: base, VERSION: version, REVISION: revision() };
  const args = Object.entries(given).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  engine.docker(['build', '--network=none', '--file', join(ROOT, 'deploy/Dockerfile'), ...args, '--tag', `pioche:${tag}`, ROOT], { quiet: false });
  writeImageSbom(engine, `pioche:${tag}`, join(OUT, 'pioche.cdx.json'));
}

/** Pulls an image unless it is there; where that is not possible, makes a stand-in. @param {Engine} engine @param {string} standIn @param {string} image */
async function obtain(engine, standIn, image) {
  if (engine.tries(['image', 'inspect', image])) {
    const label = engine.docker(['image', 'inspect', '--format', '{{index .Config.Labels "fr.pioche.stand-in"}}', image], { quiet: true });
    if (['', '<no value>', standInHash(standIn)].includes(label)) return;
  } else if (engine.tries(['pull', '--quiet', image])) return;
  if (standIn === 'node' && image !== BASE) throw new Failure(`${image} is not here and cannot be pulled`);
  await makeStandIn(engine, standIn, image);
}

/** Whole or not at all. @param {Engine} engine @param {string} image @param {string} name */
function save(engine, image, name) {
  engine.docker(['save', '--output', `${fileOf(name)}.new`, image], { quiet: true });
  renameSync(`${fileOf(name)}.new`, fileOf(name));
}

/** What is built, as git knows it. */
const revision = () => spawnSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], { cwd: ROOT, encoding: 'utf8' }).stdout?.trim() || 'unknown';
