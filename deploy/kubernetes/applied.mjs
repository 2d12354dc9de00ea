// The platform on the cluster, and what the API server says to our manifests.
import { join } from 'node:path';
import { ROOT } from '../../scripts/lib/places.mjs';
import { crds } from './crds.mjs';
import { get, kube, kubectl, NAMESPACE, rolledOut, until } from './kube.mjs';

const overlay = (/** @type {string} */ name) => join(ROOT, 'k8s/overlays', name);
const CONTEXTS = ['inventory', 'scheduling', 'billing', 'sovereignty', 'lab'];

/** @param {import('./report.mjs').Check} check */
export async function apply(check) {
  await check('the scenario’s overlay is applied', async () => {
    await kube(['apply', '-k', overlay('scenario')]);
  });
  return check('everything is ready', async () => {
    const begun = Date.now();
    for (const server of ['postgres', 'kafka']) await kube(['rollout', 'status', `statefulset/${server}`, '--timeout=600s']);
    const servers = Date.now();
    for (const job of ['databases-all-dev', ...CONTEXTS.map((context) => `migrate-${context}-dev`)]) await kube(['wait', `job/${job}`, '--for=condition=complete', '--timeout=600s']);
    const migrated = Date.now();
    await rolledOut();
    const since = (/** @type {number} */ at) => `${((at - begun) / 1000).toFixed(0)} s`;
    return `PostgreSQL and Kafka after ${since(servers)}, databases after ${since(migrated)}, all after ${since(Date.now())}`;
  });
}

/** The API server's own look at both overlays, and at what it should not take. @param {import('./report.mjs').Check} check @param {(line: string) => void} say */
export async function looked(check, say) {
  const { files, missing } = crds();
  for (const line of missing) say(`      no schemas of ${line}`);
  await kube(['apply', '-f', join(ROOT, 'k8s/base/namespace.yaml')]);
  await check('the operators’ schemas are loaded', async () => {
    for (const file of files) await kube(['apply', '--server-side', '-f', file]);
    await kube(['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all']);
    return `${files.length} kinds`;
  });
  for (const name of ['dev', 'production']) {
    await check(`the API server takes every manifest of overlays/${name}`, async () => {
      const told = await kube(['apply', '-k', overlay(name), '--dry-run=server', '--validate=strict']);
      return `${told.trim().split('\n').length} objects`;
    });
  }
  const dry = (/** @type {object} */ object) => kubectl(['apply', '-f', '-', '--dry-run=server', '--validate=strict'], JSON.stringify(object));
  const refused = async (/** @type {object} */ object, /** @type {RegExp} */ why) => {
    const { status, out, err } = await dry(object);
    if (status === 0) throw new Error(`it was taken: ${out}`);
    if (!why.test(err)) throw new Error(err);
    return err.trim().split('\n')[0]?.slice(0, 160);
  };
  await check('it refuses a field that nobody knows', () =>
    refused({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'x', namespace: NAMESPACE }, spec: { portz: [], ports: [{ port: 1 }] } }, /unknown field "spec\.portz"/));
  await check('it refuses a field that an operator does not know', () =>
    refused({ apiVersion: 'kafka.strimzi.io/v1beta2', kind: 'KafkaTopic', metadata: { name: 'x', namespace: NAMESPACE }, spec: { partitionz: 1 } }, /unknown field "spec\.partitionz"/));
  await check('it refuses a privileged pod in our namespace', () =>
    refused({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', namespace: NAMESPACE }, spec: { containers: [{ name: 'x', image: 'pioche:dev', securityContext: { privileged: true } }] } }, /violates PodSecurity "restricted/));
}

/** @returns {Promise<void>} resolves when the scenario plays */
export async function startScenario() {
  await kube(['patch', 'job', 'scenario', '-p', '{"spec":{"suspend":false}}']);
  await until('the scenario plays', 600, async () => /nodes with \d+ GPUs are in service/.test((await kubectl(['logs', 'job/scenario'])).out));
}

/** @returns {Promise<boolean>} */
export const playing = async () => ((await get('job', 'scenario')).status.active ?? 0) > 0;
