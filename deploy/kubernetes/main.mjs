// `npm run test:kubernetes`: the platform on the cluster of KUBECONFIG, disturbed in every way that is ordinary there.
import { Failure } from '../../scripts/lib/failure.mjs';
import { apply, looked, playing, startScenario } from './applied.mjs';
import { disturb, reconciled } from './disturbed.mjs';
import { watchFigures } from './figures.mjs';
import { makeIll } from './ill.mjs';
import { kube, kubectl, NAMESPACE } from './kube.mjs';
import { report } from './report.mjs';

const say = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`);

/**
 * Uses the namespace `pioche`, which must not be there before, and takes it away at the end unless `--keep` is said.
 * @param {string[]} args @returns {Promise<number>} the exit status: 0 only if everything holds
 * @throws {Failure} where there is no cluster, or the namespace is in use
 */
export async function testKubernetes(args) {
  const { status, err } = await kubectl(['version']);
  if (status !== 0) throw new Failure(`no cluster answers (${err.trim().split('\n')[0]}): set KUBECONFIG`);
  if ((await kubectl(['get', 'namespace', NAMESPACE])).status === 0) throw new Failure(`the namespace ${NAMESPACE} is there already: this is for an empty one`);
  const looks = report(say);
  const { check } = looks;
  try {
    const figures = watchFigures();
    await looked(check, say);
    if (await apply(check)) {
      if (await check('the scenario begins', startScenario)) {
        await disturb(check, playing);
        await reconciled(check);
      }
      say('\nMemory and processors meanwhile:');
      for (const line of figures.stop()) say(`      ${line}`);
      say('');
      await makeIll(check);
    } else {
      figures.stop();
      say((await kubectl(['get', 'pods', '-o', 'wide'])).out);
      say((await kubectl(['get', 'events', '--field-selector', 'type=Warning'])).out);
    }
  } finally {
    if (!args.includes('--keep')) await kube(['delete', 'namespace', NAMESPACE, '--wait=false', '--ignore-not-found']);
  }
  return looks.end();
}
