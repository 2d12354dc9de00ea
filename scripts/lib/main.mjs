import { realpathSync } from 'node:fs';
import { bench } from './bench.mjs';
import { build } from './build.mjs';
import { Failure, Usage } from './failure.mjs';
import { install } from './install.mjs';
import { NODE, ROOT } from './places.mjs';
import { become, exists } from './processes.mjs';
import { test, testMutations, testSlow } from './test.mjs';

/** Command → what it does with its arguments; resolves to the exit status. @type {Record<string, (args: string[]) => Promise<number>>} */
const COMMANDS = {
  start: (args) => platform('main', args),
  'start:distributed': (args) => platform('distributed', args),
  test,
  'test:slow': testSlow,
  'test:mutations': testMutations,
  bench,
  chaos: (args) => platform('chaos', args),
  backup: (args) => platform('backup', args),
  restore: (args) => platform('restore', args),
  redrive: (args) => platform('redrive', args),
  async sbom() {
    const { sbom } = await import('../sbom/sbom.mjs');
    return sbom();
  },
  async images(args) {
    const { images } = await import('../../deploy/images/main.mjs');
    return images(args);
  },
  async 'test:kubernetes'(args) {
    const { testKubernetes } = await import('../../deploy/kubernetes/main.mjs');
    return testKubernetes(args);
  },
  simulate: (args) => become(process.execPath, [program('simulator/dist/main.js'), ...args]),
};

/** Runs a command and ends the process with its status: 2 for a wrong call, 1 for a failure, told in one line. @param {string[]} argv */
export async function main(argv) {
  try {
    process.exitCode = await run(argv);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`pioche: ${message.trim().split('\n')[0]}`);
    process.exitCode = error instanceof Usage ? 2 : 1;
  }
}

/** @param {string[]} argv @returns {Promise<number>} */
async function run([name = '', ...args]) {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new Usage(`no command "${name}": one of ${Object.keys(COMMANDS).join(', ')}`);
  install();
  if (!exists(NODE)) throw new Failure('the node package was installed without its binary: run "npm rebuild node"');
  if (realpathSync(process.execPath) !== realpathSync(NODE)) {
    return become(NODE, ['--disable-warning=ExperimentalWarning', `${ROOT}/scripts/run.mjs`, name, ...args]);
  }
  build();
  return command(args);
}

/** Becomes one of the platform's programs. @param {'main' | 'distributed' | 'chaos' | 'backup' | 'restore' | 'redrive'} name @param {string[]} args */
const platform = (name, args) => become(process.execPath, [program(`services/platform/dist/${name}.js`), ...args]);

/** A built program. @param {string} file */
function program(file) {
  const path = `${ROOT}/${file}`;
  if (!exists(path)) throw new Failure(`${path} is missing after the build: look for ${file.replace('/dist/', '/src/').replace('.js', '.ts')}`);
  return path;
}
