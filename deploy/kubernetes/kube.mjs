// kubectl on the cluster of KUBECONFIG, as functions.
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

export const NAMESPACE = 'pioche';

/** @typedef {{ status: number, out: string, err: string }} Ended */

/** Runs kubectl to its end; the namespace is ours. @param {string[]} args @param {string} [input] @returns {Promise<Ended>} */
export function kubectl(args, input = '') {
  const child = spawn('kubectl', ['-n', NAMESPACE, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  child.stdin.on('error', () => {}).end(input);
  return new Promise((resolve, reject) => child.once('error', reject).once('close', (status) => resolve({ status: status ?? 1, out, err })));
}

/** The same, where nothing may go wrong. @param {string[]} args @param {string} [input] @returns {Promise<string>} what it prints @throws {Error} */
export async function kube(args, input) {
  const { status, out, err } = await kubectl(args, input);
  if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${err.trim() || out.trim()}`);
  return out;
}

/** @param {string[]} args what `kubectl get` is asked for @returns {Promise<any>} */
export const get = async (...args) => JSON.parse(await kube(['get', '-o', 'json', ...args]));

/** Pods of a service that are not on their way out. @param {string} context @returns {Promise<any[]>} */
export async function podsOf(context) {
  const { items } = await get('pods', '-l', `app.kubernetes.io/name=pioche,app.kubernetes.io/component=${context}`);
  return items.filter((/** @type {any} */ { metadata, status }) => metadata.deletionTimestamp === undefined && !['Failed', 'Succeeded'].includes(status.phase));
}

/** @param {any} pod */
export const isReady = (pod) => pod.status.conditions?.some((/** @type {any} */ { type, status }) => type === 'Ready' && status === 'True') === true;

/**
 * Asks until it is told something.
 * @template T @param {string} what for the error @param {number} patienceS seconds @param {() => Promise<T | undefined | false>} ask @returns {Promise<T>} @throws {Error}
 */
export async function until(what, patienceS, ask) {
  for (const end = Date.now() + patienceS * 1000; ; ) {
    const told = await ask();
    if (told !== undefined && told !== false) return told;
    if (Date.now() > end) throw new Error(`not in ${patienceS} s: ${what}`);
    await pause(500);
  }
}

/** Every service's rollout is complete. @param {number} patienceS */
export async function rolledOut(patienceS = 600) {
  const { items } = await get('deployments');
  for (const { metadata } of items) await kube(['rollout', 'status', `deployment/${metadata.name}`, `--timeout=${patienceS}s`]);
}
