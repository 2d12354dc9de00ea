// Services that cannot be well, and what becomes of them.
import { setTimeout as pause } from 'node:timers/promises';
import { get, isReady, kube, kubectl, podsOf, rolledOut, until } from './kube.mjs';
import { meanwhile, textOf, withoutLoss } from './load.mjs';

const AWAY_MS = 90_000;

/** @param {import('./report.mjs').Check} check */
export async function makeIll(check) {
  await misconfigured(check, 'a setting that is wrong', 'lab', 'LOG_LEVEL=loud', /LOG_LEVEL: must be one of .*; given: "loud"/);
  await misconfigured(check, 'a password that is wrong', 'billing', 'DATABASE_URL=postgres://pioche_billing_service:wrong@postgres:5432/pioche_billing', /cannot start: .*password authentication failed/);
  await check('a service that hangs is started again', hung);
  // Last: a kubelet tells of one pod no more than 25 times in a while.
  await check('without its database a service is not ready, says so, lives on, and comes back', withoutDatabase);
}

/** A new pod says what is wrong and is never ready, the old one goes on. @param {import('./report.mjs').Check} check @param {string} what @param {string} context @param {string} variable @param {RegExp} told */
const misconfigured = (check, what, context, variable, told) =>
  check(`${what}: the new pod says so and is never ready, the old one serves`, async () => {
    const deployment = `deployment/pioche-${context}`;
    const [old] = await podsOf(context);
    let said = '';
    const seen = await meanwhile(async () => {
      await kube(['set', 'env', deployment, '-c', 'pioche', variable]);
      said = await until('the new pod says what is wrong', 300, async () => {
        for (const { metadata } of (await podsOf(context)).filter((pod) => pod.metadata.name !== old.metadata.name)) {
          const logs = [await kubectl(['logs', metadata.name, '-c', 'pioche']), await kubectl(['logs', metadata.name, '-c', 'pioche', '--previous'])];
          const found = logs.map(({ out }) => told.exec(out)?.[0]).find((line) => line !== undefined);
          if (found !== undefined) return found;
        }
        return undefined;
      });
      await until('it is tried again', 300, async () => (await podsOf(context)).some((pod) => pod.status.containerStatuses?.some((/** @type {any} */ { restartCount }) => restartCount > 0)));
      const ready = (await podsOf(context)).filter(isReady).map(({ metadata }) => metadata.name);
      if (ready.length !== 1 || ready[0] !== old.metadata.name) throw new Error(`ready are: ${ready.join(', ')}`);
    });
    const answered = withoutLoss(seen);
    await kube(['rollout', 'undo', deployment]);
    await rolledOut();
    return `${said}; meanwhile ${answered}`;
  });

async function withoutDatabase() {
  const before = new Map((await services()).map((pod) => [pod.metadata.name, restartsOf(pod)]));
  await kube(['scale', 'statefulset', 'postgres', '--replicas=0']);
  const away = Date.now();
  await until('no service is ready', 300, async () => (await services()).every((pod) => !isReady(pod)));
  const [{ metadata }] = await podsOf('inventory');
  const events = await get('events', '--field-selector', `involvedObject.name=${metadata.name},reason=Unhealthy`);
  if (!events.items.some((/** @type {any} */ { message }) => /Readiness probe failed.*503/.test(message))) throw new Error(`no event says why ${metadata.name} is not ready`);
  // Longer than consumers may stand still where the database answers.
  await pause(Math.max(0, away + AWAY_MS - Date.now()));
  await kube(['scale', 'statefulset', 'postgres', '--replicas=1']);
  await kube(['rollout', 'status', 'statefulset/postgres', '--timeout=120s']);
  const begun = Date.now();
  await until('every service is ready again', 300, async () => (await services()).every(isReady));
  const restarted = (await services()).filter((pod) => before.get(pod.metadata.name) !== restartsOf(pod));
  if (restarted.length > 0) throw new Error(`started again, which does not help: ${restarted.map((pod) => pod.metadata.name).join(', ')}`);
  return `away for ${((begun - away) / 1000).toFixed(0)} s, ready again ${((Date.now() - begun) / 1000).toFixed(0)} s after it was back`;
}

const services = async () => (await get('pods', '-l', 'app.kubernetes.io/name=pioche')).items;
/** @param {any} pod @returns {number} */
const restartsOf = (pod) => pod.status.containerStatuses?.[0]?.restartCount ?? 0;

/** Run beside the service: has its inspector opened, and through it its event loop stopped for good. */
const HANG = `
process.kill(1, 'SIGUSR1');
const { setTimeout: pause } = await import('node:timers/promises');
let target;
for (let left = 50; left > 0 && target === undefined; left--) {
  await pause(100);
  target = await fetch('http://127.0.0.1:9229/json').then(async (answer) => (await answer.json())[0], () => undefined);
}
const socket = new WebSocket(target.webSocketDebuggerUrl);
socket.onopen = () => {
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: 'for (;;);' } }));
  setTimeout(() => process.exit(0), 500);
};
`;

async function hung() {
  const [{ metadata }] = await podsOf('lab');
  const seen = await meanwhile(async () => {
    await kube(['debug', metadata.name, '--image=pioche:dev', '--image-pull-policy=IfNotPresent', '--profile=restricted', '--target=pioche', '--container=hang', '--', '/usr/local/bin/node', '--input-type=module', '-e', HANG]);
    await until('it is started again', 300, async () => {
      const pod = await get('pod', metadata.name);
      return restartsOf(pod) > 0;
    });
    const events = await get('events', '--field-selector', `involvedObject.name=${metadata.name},reason=Unhealthy`);
    if (!events.items.some((/** @type {any} */ { message }) => message.startsWith('Liveness probe failed'))) throw new Error('not for its liveness probe');
    await until('it is ready again', 300, async () => isReady(await get('pod', metadata.name)));
  });
  return `by its liveness probe; meanwhile ${textOf(seen.by)}`;
}
