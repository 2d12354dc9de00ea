/** How the engine's times grow with the cluster and with the queue. One JSON line per figure, beside a tenth of the size. */
import { Engine, type JobAsk, type NodeSpec, type PermitFunction } from '@pioche/scheduling/engine';
import { median, report } from './report.js';

const GPUS = 8;
const DAY = 86_400;
const TENANTS = 20;
const HOUR_MS = 3_600_000;
/** Nodes × pending; the first of each row is what the others are compared with. */
const NODES = [127, 1270, 12_700];
const PENDING = [1_000, 10_000, 100_000];
const permit: PermitFunction = () => ({ allowed: true, policy: 'policy_base', policyVersion: 1, rules: ['baseline'] });

const nodeSpec = (n: number): NodeSpec => ({
  node: `n${n}`, name: `n${n}`, site: 'paris', scalableUnit: Math.floor(n / 32) + 1, country: 'FR', jurisdiction: 'FR', certifications: [],
  gpus: Array.from({ length: GPUS }, (_, index) => ({ id: `n${n}.${index}`, index, rail: index, model: 'H100' })),
});

/** The same sequence in every run (Lehmer's generator, Park and Miller 1988). */
const numbers = (seed: number) => {
  let state = seed;
  return (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
};

const SHAPES = [[1, 1], [1, 1], [1, 1], [1, 2], [1, 4], [1, 8], [2, 8], [4, 8], [16, 8]] as const;

const ms = (work: () => void): number => {
  const begin = performance.now();
  work();
  return performance.now() - begin;
};

function cluster(nodes: number): Engine {
  const engine = Engine.empty(permit);
  engine.setQueue('batch', { priority: 0, defaultTimeLimitS: DAY });
  for (let t = 0; t < TENANTS; t++) engine.setQuota(`t${t}`, { guaranteed: nodes * GPUS, borrowable: 0, weight: 1 });
  for (let n = 0; n < nodes; n++) engine.admitNode(nodeSpec(n));
  return engine;
}

const job = (i: number, below: (end: number) => number, over: Partial<JobAsk> = {}): JobAsk => {
  const [nodes, gpusPerNode] = SHAPES[below(SHAPES.length)]!;
  return { job: `j${i}`, tenant: `t${below(TENANTS)}`, queue: 'batch', nodes, gpusPerNode, gpuMilli: 1000, priority: 0, timeLimitS: 600 * (1 + below(100)), dataClass: 'internal', arrivedMs: i, ...over };
};

interface Times {
  /** A plan after the end of one job: median. */
  readonly plan: number;
  /** Submit, plan and finish of one job in a cluster that is half empty: median. */
  readonly place: number;
  /** An estimated start for every job that waits. */
  readonly estimates: number;
}

/** A full cluster, and so many jobs that wait. */
function timesOf(nodes: number, pending: number): Times {
  const below = numbers(7);
  const place = placing(nodes, below);
  const engine = cluster(nodes);
  // 8.7 GPUs each on average: enough to fill it, and then the ones that wait.
  for (let i = 0; i < nodes * 2 + pending; i++) engine.submit(job(i, below));
  engine.plan(0);
  const running = engine.overdue(Infinity);
  const plans = Array.from({ length: 15 }, (_, i) => {
    engine.finished(running[i]!, 1000 * (i + 1));
    return ms(() => engine.plan(1000 * (i + 1)));
  });
  return { plan: median(plans), place, estimates: ms(() => engine.estimates(16_000)) };
}

/** One-node jobs on a cluster that they fill by half. @returns milliseconds for one: submit, plan, finish */
function placing(nodes: number, below: (end: number) => number): number {
  const engine = cluster(nodes);
  const rounds = Array.from({ length: 5 }, (_, round) =>
    ms(() => {
      for (let i = 0; i < nodes; i++) {
        engine.submit(job(round * nodes + i, below, { nodes: 1, gpusPerNode: 1 << below(3), tenant: 't0' }));
        engine.plan(round * HOUR_MS + i);
      }
      for (let i = 0; i < nodes; i++) engine.finished(`j${round * nodes + i}`, round * HOUR_MS + nodes);
    }) / nodes,
  );
  return median(rounds);
}

/** How long the search for victims takes in a cluster that is full of one-GPU jobs of another tenant. */
function victims(nodes: number): number {
  const engine = cluster(nodes);
  for (let i = 0; i < nodes * GPUS; i++) engine.submit(job(i, () => 0, { nodes: 1, gpusPerNode: 1, arrivedMs: 0, timeLimitS: DAY }));
  engine.plan(0);
  engine.submit(job(nodes * GPUS, () => 0, { tenant: 't1', nodes: 8, gpusPerNode: GPUS, priority: 1, arrivedMs: HOUR_MS, topology: { required: 'unit' } }));
  let asked = 0;
  const time = ms(() => (asked = engine.plan(HOUR_MS).preemptions.length));
  if (asked !== 64) throw new Error(`${asked} victims for 64 GPUs`);
  return time;
}

function compare(bench: string, unit: string, steps: readonly (readonly [string, number])[]): void {
  const [[reference, reference_value]] = steps as readonly [readonly [string, number]];
  for (const [size, value] of steps) report({ bench: `scale: ${bench}, ${size}`, value, unit, reference, reference_value });
}

timesOf(NODES[0]!, PENDING[0]!);
const byNodes = NODES.map((nodes) => [`${nodes} nodes, ${PENDING[0]} pending`, timesOf(nodes, PENDING[0]!)] as const);
const byPending = PENDING.map((pending) => [`${NODES[0]} nodes, ${pending} pending`, timesOf(NODES[0]!, pending)] as const);
for (const row of [byNodes, byPending]) for (const what of ['plan', 'estimates'] as const) compare(what === 'plan' ? 'plan after an end' : 'estimated starts', 'ms', row.map(([size, times]) => [size, times[what]]));
compare('submit, plan and finish one job', 'ms', byNodes.map(([, times], i) => [`${NODES[i]} nodes`, times.place]));
victims(NODES[0]!);
compare('victims for 64 GPUs of a full cluster', 'ms', NODES.slice(0, 2).map((nodes) => [`${nodes} nodes`, victims(nodes)]));
