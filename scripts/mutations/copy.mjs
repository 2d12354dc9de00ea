import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isAlive } from '../lib/alive.mjs';
import { Failure } from '../lib/failure.mjs';
import { LOCAL, MODULES, NODE, ROOT } from '../lib/places.mjs';

const NAME = /^mutant-(\d+)$/;

/** A copy of the working tree's sources in which anything may be broken. Its packages find each other, not the originals. */
export class Copy {
  #built = false;

  /** @param {string} folder */
  constructor(folder = join(LOCAL, `mutant-${process.pid}`)) {
    this.folder = folder;
    forgetDead();
    for (const file of sources()) {
      mkdirSync(dirname(join(this.folder, file)), { recursive: true });
      copyFileSync(join(ROOT, file), join(this.folder, file));
    }
    linkModules(join(this.folder, 'node_modules'));
  }

  /**
   * Runs something while one text of one file is another one.
   * @template T
   * @param {{ name: string, file: string, find: string, replace: string }} mutation @param {() => Promise<T>} work
   */
  async mutated(mutation, work) {
    const path = join(this.folder, mutation.file);
    const before = readFileSync(path, 'utf8');
    this.change([mutation]);
    try {
      return await work();
    } finally {
      writeFileSync(path, before);
      if (this.#built) this.#compile(mutation.file);
    }
  }

  /**
   * From now on these texts of these files are other ones.
   * @param {readonly { name: string, file: string, find: string, replace: string }[]} changes
   */
  change(changes) {
    for (const { name, file, find, replace } of changes) {
      const path = join(this.folder, file);
      const before = readFileSync(path, 'utf8');
      if (before.split(find).length !== 2) throw new Failure(`the change ${name} is out of date: its text does not stand exactly once in ${file}`);
      writeFileSync(path, before.replace(find, () => replace));
    }
    if (!this.#built) return;
    // One of each package: all of it is compiled.
    for (const file of new Map(changes.map((one) => [one.file.split('/').slice(0, 2).join('/'), one.file])).values()) this.#compile(file);
  }

  /** Brings what was built of the originals, so that programs run here. */
  build() {
    if (this.#built) return;
    for (const file of sources().filter((name) => /^(libs|services)\/[^/]+\/package\.json$/.test(name))) {
      const dist = join(dirname(file), 'dist');
      if (existsSync(join(ROOT, dist))) cpSync(join(ROOT, dist), join(this.folder, dist), { recursive: true });
    }
    this.#built = true;
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** @param {string} file */
  #compile(file) {
    const part = join(this.folder, ...file.split('/').slice(0, 2));
    const { scripts } = JSON.parse(readFileSync(join(part, 'package.json'), 'utf8'));
    const env = { ...process.env, PATH: `${join(MODULES, '.bin')}:${dirname(NODE)}:${process.env.PATH ?? ''}` };
    const swc = spawnSync(scripts.build, { cwd: part, env, shell: true, encoding: 'utf8' });
    if (swc.status !== 0) throw new Failure(`the mutated ${file} does not compile: ${swc.stderr}`);
  }
}

/** Tracked files, and those that are new and not ignored. */
function sources() {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 });
  return [...new Set(listed.split('\0'))].filter((file) => file !== '' && existsSync(join(ROOT, file)) && lstatSync(join(ROOT, file)).isFile());
}

/** Links to what is installed; a package of ours leads into the copy. @param {string} modules */
function linkModules(modules) {
  mkdirSync(modules, { recursive: true });
  for (const name of readdirSync(MODULES)) if (name !== '@pioche') symlinkSync(join(MODULES, name), join(modules, name));
  mkdirSync(join(modules, '@pioche'));
  for (const name of readdirSync(join(MODULES, '@pioche'))) {
    const original = relative(ROOT, realpathSync(join(MODULES, '@pioche', name)));
    symlinkSync(join(modules, '..', original), join(modules, '@pioche', name));
  }
}

/** Copies whose run was killed. */
function forgetDead() {
  for (const name of existsSync(LOCAL) ? readdirSync(LOCAL) : []) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(LOCAL, name), { recursive: true, force: true });
  }
}
