/** Images under the names of official ones, where those cannot be pulled: of the very binaries that run without containers. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from '../../scripts/lib/failure.mjs';
import { NODE, ROOT } from '../../scripts/lib/places.mjs';
import { hashOf } from './inputs.mjs';

/** @import { Engine } from './engine.mjs' */

const DEBIAN = 'pioche-stand-in-debian:bookworm';
/** What no program here reads. */
const LITTER = ['var/cache/apt/archives', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/info'];
/** What Kafka, its logging and its JSON use of Java; log4j wants java.beans, which is in java.desktop. */
const JAVA_MODULES = ['java.base', 'java.desktop', 'java.logging', 'java.management', 'java.naming', 'java.rmi', 'java.security.jgss', 'java.security.sasl', 'java.sql', 'java.xml', 'jdk.crypto.ec', 'jdk.management', 'jdk.unsupported'];

/**
 * What lies beside the Dockerfile of each when it is built, beyond what is in its folder.
 * @type {Readonly<Record<string, (folder: string) => Promise<void>>>}
 */
const PARTS = {
  async node(folder) {
    copyFileSync(realpathSync(NODE), join(folder, 'node'));
    cpSync(join(output('npm', ['root', '--global']), 'npm'), join(folder, 'package'), { recursive: true, dereference: true });
  },
  async postgres(folder) {
    const { postgresBinaries } = await import('@pioche/local-servers');
    const binaries = await postgresBinaries();
    if (binaries === undefined) throw new Failure('npm has no PostgreSQL for this machine');
    cpSync(dirname(dirname(binaries.postgres)), join(folder, 'native'), { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  },
  async kafka(folder) {
    const { kafkaJars } = await import('@pioche/local-servers');
    cpSync(await kafkaJars(console.log), join(folder, 'lib'), { recursive: true });
    copyFileSync(join(ROOT, 'deploy/kafka/log4j2.properties'), join(folder, 'log4j2.properties'));
    output('jlink', ['--add-modules', JAVA_MODULES.join(','), '--strip-debug', '--no-header-files', '--no-man-pages', '--compress=2', '--output', join(folder, 'jre')]);
  },
};

/** What a stand-in is made of, in a word. @param {string} name */
export const standInHash = (name) => hashOf([`deploy/images/stand-ins/${name}`, 'deploy/images/stand-ins.mjs', 'package-lock.json', 'deploy/kafka']);

/** Makes the stand-in of this folder of `stand-ins/`. @param {Engine} engine @param {string} name @param {string} tag */
export async function makeStandIn(engine, name, tag) {
  console.log(`${tag} cannot be pulled: making a stand-in`);
  const parts = PARTS[name];
  if (parts === undefined) throw new Failure(`there is no stand-in for ${tag}`);
  makeDebian(engine);
  const folder = mkdtempSync(join(tmpdir(), `pioche-${name}-`));
  try {
    cpSync(join(ROOT, 'deploy/images/stand-ins', name), folder, { recursive: true });
    await parts(folder);
    engine.docker(['build', '--quiet', '--network=none', '--build-arg', `DEBIAN=${DEBIAN}`, '--label', `fr.pioche.stand-in=${standInHash(name)}`, '--tag', tag, folder], { quiet: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {Engine} engine */
function makeDebian(engine) {
  if (engine.tries(['image', 'inspect', DEBIAN])) return;
  if (process.getuid?.() !== 0) throw new Failure('stand-ins need root: a Debian is made with debootstrap');
  const folder = mkdtempSync(join(tmpdir(), 'pioche-debian-'));
  const root = join(folder, 'root');
  try {
    output('debootstrap', ['--variant=minbase', 'bookworm', root, ...mirror()]);
    for (const litter of LITTER) rmSync(join(root, litter), { recursive: true, force: true });
    mkdirSync(join(root, 'var/lib/apt/lists/partial'), { recursive: true });
    const archive = join(folder, 'root.tar');
    output('tar', ['-C', root, '-cf', archive, '.']);
    engine.docker(['import', archive, DEBIAN], { quiet: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The one that this machine's apt uses; else debootstrap's own. @returns {string[]} */
function mirror() {
  const known = spawnSync('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', 'Origin: Debian', 'Codename: bookworm'], { encoding: 'utf8' });
  const [first] = (known.stdout ?? '').split('\n').filter((line) => line !== '');
  return first === undefined ? [] : [first];
}

/** @param {string} program @param {string[]} args @returns {string} */
function output(program, args) {
  const run = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 ** 2 });
  if (run.error) throw new Failure(`there is no ${program}: install it (Debian: ${program === 'jlink' ? 'openjdk-17-jdk-headless' : program})`);
  if (run.status !== 0) throw new Failure(`${program} failed: ${(run.stderr || run.stdout).trim().split('\n').at(-1)}`);
  return run.stdout.trim();
}
