// What the load pod has been answered: k8s/overlays/scenario/load.mjs.
import { setTimeout as pause } from 'node:timers/promises';
import { kube } from './kube.mjs';

/** @typedef {{ counts: Record<string, Record<string, number>>, wrong: { at: string, service: string, path: string, what: string | number, text: string }[] }} Load */

/** From within the cluster. @param {string[]} urls @returns {Promise<{ url: string, status: number, text: string }[]>} */
export const ask = async (urls) => JSON.parse(await kube(['exec', 'deploy/load', '--', '/usr/local/bin/node', '/load/ask.mjs', ...urls]));

/** @returns {Promise<Load>} */
export async function counts() {
  const [answer] = await ask(['http://127.0.0.1:3000']);
  return JSON.parse(answer?.text ?? '');
}

/**
 * What everybody was answered meanwhile, over all services by outcome.
 * @param {() => Promise<unknown>} work @returns {Promise<{ total: number, by: Record<string, number>, wrong: Load['wrong'] }>}
 */
export async function meanwhile(work) {
  const before = await counts();
  const since = new Date().toISOString();
  await work();
  // Those that were asked just before the end have their answers, too.
  await pause(1_000);
  const after = await counts();
  /** @type {Record<string, number>} */
  const by = {};
  for (const [service, outcomes] of Object.entries(after.counts)) {
    for (const [what, count] of Object.entries(outcomes)) {
      const more = count - (before.counts[service]?.[what] ?? 0);
      if (more > 0) by[what] = (by[what] ?? 0) + more;
    }
  }
  return { total: Object.values(by).reduce((sum, count) => sum + count, 0), by, wrong: after.wrong.filter(({ at }) => at >= since) };
}

/** @param {Record<string, number>} by */
export const textOf = (by) => Object.entries(by).map(([what, count]) => `${what} × ${count}`).join(', ');

/** @param {string | number} what */
const isConnection = (what) => Number.isNaN(Number(what));

/** The latest of them. @param {Load['wrong']} wrong @param {(what: string | number) => boolean} wanted */
const told = (wrong, wanted) => JSON.stringify(wrong.filter(({ what }) => wanted(what)).slice(-3));

/** Nobody got an answer of 500 or above. @param {Awaited<ReturnType<typeof meanwhile>>} seen */
export function withoutErrors({ total, by, wrong }) {
  if (Object.keys(by).some((what) => Number(what) >= 500)) throw new Error(`${textOf(by)}: ${told(wrong, (what) => Number(what) >= 500)}`);
  if (total < 50) throw new Error(`only ${total} requests were asked`);
  return textOf(by);
}

/** … and nobody was turned away or cut off either. @param {Awaited<ReturnType<typeof meanwhile>>} seen */
export function withoutLoss(seen) {
  if (Object.keys(seen.by).some(isConnection)) throw new Error(`${textOf(seen.by)}: ${told(seen.wrong, isConnection)}`);
  return withoutErrors(seen);
}
