/** What the scheduling engine costs by itself. One JSON line per figure. */
import { Engine, type JobAsk, type NodeSpec, type PermitFunction } from '@pioche/scheduling/engine';
import { quantile, report } from './report.js';

const NODES = 127;
const GPUS = 8;
const DAY = 86_400;
const permit: PermitFunction = () => ({ allowed: true, policy: 'policy_base', policyVersion: 1, rules: ['baseline'] });

const nodeSpec = (n: number): NodeSpec => ({
  node: `n${n}`, name: `n${n}`, site: 'paris', scalableUnit: Math.floor(n / 32) + 1, country: 'FR', jurisdiction: 'FR', certifications: [],
  gpus: Array.from({ length: GPUS }, (_, index) => ({ id: `n${n}.${index}`, index, rail: index, model: 'H100' })),
});

const superpod = (tenants: number, nodes = NODES): Engine => {
  const engine = Engine.empty(permit);
  engine.setQueue('batch', { priority: 0, defaultTimeLimitS: DAY });
  for (let t = 0; t < tenants; t++) engine.setQuota(`t${t}`, { guaranteed: nodes * GPUS, borrowable: 0, weight: 1 });
  for (let n = 0; n < nodes; n++) engine.admitNode(nodeSpec(n));
  return engine;
};

/** The same sequence in every run (Lehmer's generator, Park and Miller 1988). */
const numbers = (seed: number) => {
  let state = seed;
  return (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
};

const SHAPES = [[1, 1], [1, 1], [1, 1], [1, 2], [1, 4], [1, 8], [2, 8], [4, 8], [16, 8]] as const;
const asks = (count: number, tenants: number, below = numbers(7)): JobAsk[] =>
  Array.from({ length: count }, (_, i) => {
    const [nodes, gpusPerNode] = SHAPES[below(SHAPES.length)]!;
    return { job: `j${i}`, tenant: `t${below(tenants)}`, queue: 'batch', nodes, gpusPerNode, gpuMilli: 1000, priority: 0, timeLimitS: 600 * (1 + below(100)), dataClass: 'internal', arrivedMs: i * 100 };
  });

const elapsed = (work: () => void): number => {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};

/** The last takes its place: a splice would cost as much as the engine does. */
function takeOut<T>(list: T[], at: number): T {
  const taken = list[at]!;
  list[at] = list.at(-1)!;
  list.pop();
  return taken;
}

/** Single-node jobs come and go on a cluster that is kept about full: submit, plan, name the GPUs, finish. */
function placeAndRelease(count: number, nodes: number): number {
  const engine = superpod(1, nodes);
  const below = numbers(11);
  const running: string[] = [];
  let placed = 0;
  const seconds = elapsed(() => {
    for (let i = 0; placed < count; i++) {
      engine.submit({ job: `j${i}`, tenant: 't0', queue: 'batch', nodes: 1, gpusPerNode: 1 << below(3), gpuMilli: 1000, priority: 0, timeLimitS: 3600, dataClass: 'internal', arrivedMs: i });
      const { placements } = engine.plan(i);
      for (const { job } of placements) running.push(job);
      placed += placements.length;
      if (running.length > nodes * 2) engine.finished(takeOut(running, below(running.length)), i);
    }
  });
  return (2 * count) / seconds;
}

/** The same work with a list of nodes, first fit, no order, no reasons, no reservations. */
function naiveFirstFit(count: number, nodes: number): number {
  const cluster = Array.from({ length: nodes }, (_, n) => nodeSpec(n).gpus.map(({ id }) => ({ id, free: true })));
  const below = numbers(11);
  const running: { id: string; free: boolean }[][] = [];
  const waiting: number[] = [];
  let placed = 0;
  const seconds = elapsed(() => {
    while (placed < count) {
      waiting.push(1 << below(3));
      for (let w = 0; w < waiting.length; w++) {
        const node = cluster.find((gpus) => gpus.filter(({ free }) => free).length >= waiting[w]!);
        if (!node) continue;
        const taken = node.filter(({ free }) => free).slice(0, waiting[w]);
        for (const gpu of taken) gpu.free = false;
        running.push(taken);
        placed += 1;
        waiting.splice(w--, 1);
      }
      if (running.length > nodes * 2) for (const gpu of takeOut(running, below(running.length))) gpu.free = true;
    }
  });
  return (2 * count) / seconds;
}

/** A full cluster and so many jobs that wait; each plan follows the end of one job. */
function deepQueue(pending: number): void {
  const engine = superpod(20);
  for (const ask of asks(pending + 700, 20)) engine.submit(ask);
  const first = elapsed(() => void engine.plan(0)) * 1000;
  const plans: number[] = [];
  for (let i = 0; i < 30; i++) {
    const [ended] = engine.overdue(Infinity);
    engine.finished(ended!, 1000 * (i + 1));
    plans.push(elapsed(() => void engine.plan(1000 * (i + 1))) * 1000);
  }
  const waiting = engine.pending();
  const now = 60_000;
  const estimates = elapsed(() => void engine.estimates(now)) * 1000;
  const reasons = elapsed(() => void engine.whyAll(now)) * 1000;
  plans.sort((a, b) => a - b);
  const goal = { reference: 'goal', reference_value: pending / 100 };
  report({ bench: `engine: first plan of ${pending} pending`, value: first, unit: 'ms', ...goal });
  report({ bench: `engine: plan of ${pending} pending after an end, p50`, value: quantile(plans, 0.5), unit: 'ms' });
  report({ bench: `engine: plan of ${pending} pending after an end, max`, value: quantile(plans, 1), unit: 'ms' });
  report({ bench: `engine: estimated start of ${waiting.length} pending`, value: estimates, unit: 'ms' });
  report({ bench: `engine: checked reasons of ${waiting.length} pending`, value: reasons, unit: 'ms' });
}

function compare(count: number, nodes: number): void {
  const reference_value = naiveFirstFit(count, nodes);
  report({ bench: `engine: submit, plan, place and finish, ${nodes} nodes`, value: placeAndRelease(count, nodes), unit: 'operations/s', reference: 'first fit over a list, nothing else', reference_value });
}

placeAndRelease(20_000, NODES);
naiveFirstFit(20_000, NODES);
compare(200_000, NODES);
compare(100_000, 2000);
deepQueue(10_000);
deepQueue(100_000);
