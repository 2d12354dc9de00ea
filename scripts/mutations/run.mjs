import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, Usage } from '../lib/failure.mjs';
import { ROOT } from '../lib/places.mjs';
import { withServers } from '../lib/servers.mjs';
import { MUTATIONS } from './catalogue.mjs';
import { runChaos, runTests } from './catchers.mjs';
import { Copy } from './copy.mjs';
import { pageOf } from './page.mjs';

/** @import { Mutation } from './catalogue.mjs' */

const CHAOS = '--with-chaos';

/**
 * `test:mutations [names] [--with-chaos]`: breaks a guarantee in a copy of the sources, sees that its tests fail, mends
 * it, goes on with the next. The same tests have passed before without any mutation. `--with-chaos` runs the chaos
 * harness against those that name it, too; `--page` only writes docs/mutations.md.
 * @param {string[]} args @returns {Promise<number>} 1 when one is not noticed
 */
export async function mutations(args) {
  if (args.includes('--page')) {
    writeFileSync(join(ROOT, 'docs/mutations.md'), pageOf(MUTATIONS));
    return 0;
  }
  const names = args.filter((arg) => arg !== CHAOS);
  const chosen = names.length === 0 ? MUTATIONS : names.map(named);
  return withServers('test', async (env) => {
    const copy = new Copy();
    try {
      return await all(copy, chosen, args.includes(CHAOS), env);
    } finally {
      copy.remove();
    }
  });
}

/** @param {string} name */
function named(name) {
  const mutation = MUTATIONS.find((one) => one.name === name);
  if (mutation === undefined) throw new Usage(`no mutation "${name}": one of ${MUTATIONS.map((one) => one.name).join(', ')}`);
  return mutation;
}

/** @param {Copy} copy @param {readonly Mutation[]} chosen @param {boolean} withChaos @param {NodeJS.ProcessEnv} env */
async function all(copy, chosen, withChaos, env) {
  const began = Date.now();
  const sound = await runTests(copy.folder, chosen.flatMap(({ caughtBy }) => caughtBy), env);
  const [already] = sound.failed;
  if (already !== undefined || sound.trouble !== undefined) throw new Failure(`without a mutation this fails already: ${already?.test ?? sound.trouble}`);
  console.log(`without a mutation: ${sound.passed.size} tests pass, ${secondsSince(began)} s\n`);
  const width = Math.max(...chosen.map(({ name }) => name.length));
  console.log(`${'mutation'.padEnd(width)} | caught by | test that failed | seconds`);
  let caught = 0;
  for (const mutation of chosen) {
    const start = Date.now();
    const { by, why } = await caughtOf(copy, mutation, sound.passed, withChaos, env);
    if (by !== undefined) caught += 1;
    console.log(`${mutation.name.padEnd(width)} | ${by ?? 'NOTHING'} | ${why} | ${secondsSince(start)}`);
  }
  console.log(`\nmutations: ${caught} of ${chosen.length} caught`);
  return caught === chosen.length ? 0 : 1;
}

/**
 * @param {Copy} copy @param {Mutation} mutation @param {ReadonlySet<string>} sound tests that pass without it
 * @param {boolean} withChaos @param {NodeJS.ProcessEnv} env @returns {Promise<{ by?: string, why: string }>}
 */
async function caughtOf(copy, mutation, sound, withChaos, env) {
  const chaos = withChaos ? mutation.caughtBy.filter((catcher) => 'chaos' in catcher) : [];
  if (chaos.length > 0) copy.build();
  return copy.mutated(mutation, async () => {
    const { failed, trouble } = await runTests(copy.folder, mutation.caughtBy, env);
    const first = failed.find(({ test, asserted }) => asserted && sound.has(test));
    const runs = [];
    for (const { chaos: args } of chaos) {
      const run = await runChaos(copy.folder, args);
      runs.push(run.status === 1 && run.failed !== undefined ? `chaos: ${run.failed}` : `chaos has not noticed (status ${run.status})`);
    }
    const why = [first?.test ?? trouble ?? (failed[0] ? `only an error: ${failed[0].test}` : 'every test passes'), ...runs].join('; ');
    const specs = [...new Set(mutation.caughtBy.flatMap((catcher) => ('spec' in catcher ? [catcher.spec.split('/').at(-1)] : [])))].join(', ');
    return first === undefined ? { why } : { by: specs, why };
  });
}

/** @param {number} start */
const secondsSince = (start) => ((Date.now() - start) / 1000).toFixed(1);
