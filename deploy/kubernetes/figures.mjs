// Memory and processor time of our pods while all this goes on, from the kubelets.
import { get, kubectl, NAMESPACE } from './kube.mjs';

const EVERY_MS = 5_000;
const MIB = 1024 ** 2;

/** The same pod in another life. @param {string} pod */
const partOf = (pod) => pod.replace(/^pioche-/, '').replace(/-[0-9a-f]{6,10}-[0-9a-z]{5}$|-\d+$|-[0-9a-z]{5}$/, '');

/** @returns {{ stop: () => string[] }} one line per part: the most memory it held, the most processors it used */
export function watchFigures() {
  /** @type {Map<string, { memory: number, cpu: number }>} */
  const most = new Map();
  const look = async () => {
    const { items } = await get('nodes');
    for (const { metadata } of items) {
      const { status, out } = await kubectl(['get', '--raw', `/api/v1/nodes/${metadata.name}/proxy/stats/summary`]);
      if (status !== 0) continue;
      for (const { podRef, memory, cpu } of JSON.parse(out).pods) {
        if (podRef.namespace !== NAMESPACE) continue;
        const part = partOf(podRef.name);
        const before = most.get(part) ?? { memory: 0, cpu: 0 };
        most.set(part, { memory: Math.max(before.memory, memory?.workingSetBytes ?? 0), cpu: Math.max(before.cpu, cpu?.usageNanoCores ?? 0) });
      }
    }
  };
  const timer = setInterval(() => void look().catch(() => {}), EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return [...most].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([part, { memory, cpu }]) => `${part.padEnd(24)} ${String(Math.round(memory / MIB)).padStart(5)} MiB ${(cpu / 1e9).toFixed(2).padStart(6)} processors at the most`);
    },
  };
}
