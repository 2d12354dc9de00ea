// What may happen on any day, while the scenario plays and somebody asks all the time.
import { get, isReady, kube, podsOf, rolledOut, until } from './kube.mjs';
import { ask, meanwhile, textOf, withoutErrors, withoutLoss } from './load.mjs';

const CONTEXTS = ['inventory', 'scheduling', 'billing', 'sovereignty', 'lab'];
const SERVICES = ['-l', 'app.kubernetes.io/name=pioche'];

/** Names of a context's pods whose relay publishes. @param {string} context @returns {Promise<string[]>} */
async function leadersOf(context) {
  const pods = (await podsOf(context)).filter(isReady);
  const answers = await ask(pods.map(({ status }) => `http://${status.podIP}:3000/metrics`));
  return pods.filter((_, at) => /^pioche_leader\{[^}]*task="relay"[^}]*\} 1$/m.test(answers[at]?.text ?? '')).map(({ metadata }) => metadata.name);
}

/** @param {string} context */
const leaderOf = (context) =>
  until(`one relay of ${context} leads`, 300, async () => {
    const leaders = await leadersOf(context);
    return leaders.length === 1 ? leaders[0] : undefined;
  });

const replicas = async (/** @type {number} */ count) => {
  await kube(['scale', 'deployment', ...SERVICES, `--replicas=${count}`]);
  await rolledOut();
  await until('replicas that are too many are gone', 300, async () => (await get('pods', ...SERVICES)).items.length === count * CONTEXTS.length);
};

/** @param {import('./report.mjs').Check} check @param {() => Promise<boolean>} playing */
export async function disturb(check, playing) {
  await check('a rolling restart of all: no request fails', async () => {
    const seen = await meanwhile(async () => {
      await kube(['rollout', 'restart', 'deployment', ...SERVICES]);
      await rolledOut();
      await until('the old pods are gone', 300, async () => (await get('pods', ...SERVICES)).items.length === CONTEXTS.length);
    });
    return withoutLoss(seen);
  });
  await check('two replicas of each: no request fails', async () => withoutLoss(await meanwhile(() => replicas(2))));
  await check('the pod whose relay leads is killed, of each service: the other leads, no 5xx', async () => {
    const seen = await meanwhile(async () => {
      for (const context of CONTEXTS) {
        const before = await leaderOf(context);
        await kube(['delete', 'pod', before, '--grace-period=0', '--force']);
        const after = await leaderOf(context);
        if (after === before) throw new Error(`${before} leads still`);
      }
      await rolledOut();
    });
    return withoutErrors(seen);
  });
  await check('back to one replica of each: no request fails, and it leads', async () => {
    const seen = await meanwhile(() => replicas(1));
    for (const context of CONTEXTS) await leaderOf(context);
    return withoutLoss(seen);
  });
  await check('a pod of each service is killed, the only one: another comes', async () => {
    const seen = await meanwhile(async () => {
      const pods = (await Promise.all(CONTEXTS.map(podsOf))).flat().map(({ metadata }) => metadata.name);
      await kube(['delete', 'pod', ...pods, '--grace-period=0', '--force']);
      await until('others are ready', 300, async () => {
        const now = (await Promise.all(CONTEXTS.map(podsOf))).flat();
        return now.length === CONTEXTS.length && now.every((pod) => isReady(pod) && !pods.includes(pod.metadata.name));
      });
    });
    if (Object.keys(seen.by).every((what) => what === '200' || what === '201')) throw new Error('nobody noticed');
    return textOf(seen.by);
  });
  await check('all that in the middle of the scenario', async () => {
    if (!(await playing())) throw new Error('it was over before: give it more days');
  });
}

/** @param {import('./report.mjs').Check} check */
export const reconciled = (check) =>
  check('the scenario reconciles: nothing is lost', async () => {
    await ask(['http://127.0.0.1:3000/queries-only']);
    await until('the scenario ends', 900, async () => {
      const { status } = await get('job', 'scenario');
      if ((status.failed ?? 0) > 0) throw new Error((await kube(['logs', 'job/scenario', '--tail=15'])).trim());
      return (status.succeeded ?? 0) > 0;
    });
    return `\n${(await kube(['logs', 'job/scenario'])).trim().split('\n').slice(-12).map((line) => `        ${line}`).join('\n')}\n     `;
  });
