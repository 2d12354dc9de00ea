import { Engine, type JobAsk } from '@pioche/scheduling/engine';
import { Random } from '../packing/random.js';
import { type ClusterShape, NODES_PER_UNIT } from '../queueing/cluster.js';

const QUEUE = 'batch';
const TENANTS = 20;
const MODEL = 'NVIDIA H100 80GB HBM3';
/** Between two submissions. */
const GAP_MS = 100;
const LIMIT_STEP_S = 600;
const LIMIT_STEPS = 100;

/** Nodes × GPUs of a node, as often as they stand here. */
const SHAPES = [[1, 1], [1, 1], [1, 1], [1, 2], [1, 4], [1, 8], [2, 8], [4, 8], [16, 8]] as const;

const tenantOf = (number: number): string => `tenant${number}`;

function clusterOf({ nodes, gpusPerNode }: ClusterShape): Engine {
  const engine = Engine.empty(() => ({ allowed: true, policy: 'policy', policyVersion: 1, rules: [] }));
  engine.setQueue(QUEUE, { priority: 0, defaultTimeLimitS: 3600 });
  for (let tenant = 0; tenant < TENANTS; tenant++) engine.setQuota(tenantOf(tenant), { guaranteed: Math.ceil((nodes * gpusPerNode) / TENANTS), borrowable: nodes * gpusPerNode, weight: 1 });
  for (let node = 0; node < nodes; node++)
    engine.admitNode({
      node: `n${node}`, name: `n${node}`, site: 'site', scalableUnit: Math.floor(node / NODES_PER_UNIT) + 1, country: 'FR', jurisdiction: 'FR', certifications: [],
      gpus: Array.from({ length: gpusPerNode }, (_, index) => ({ id: `${index}`, index, model: MODEL, rail: index })),
    });
  return engine;
}

/** The same jobs for the same seed, one after the other. */
export class Submissions {
  private readonly random: Random;
  private count = 0;

  constructor(seed: number, private readonly cluster: ClusterShape) {
    this.random = new Random(seed, 0);
  }

  next(): JobAsk {
    const number = this.count++;
    const [nodes, gpus] = SHAPES[this.random.below(SHAPES.length)]!;
    return {
      job: `j${number}`, tenant: tenantOf(this.random.below(TENANTS)), queue: QUEUE, nodes: Math.min(nodes, this.cluster.nodes), gpusPerNode: Math.min(gpus, this.cluster.gpusPerNode), gpuMilli: 1000,
      priority: 0, timeLimitS: LIMIT_STEP_S * (1 + this.random.below(LIMIT_STEPS)), dataClass: 'internal', arrivedMs: number * GAP_MS,
    };
  }

  /** When the last one came. */
  get lastMs(): number {
    return Math.max(0, this.count - 1) * GAP_MS;
  }
}

/** A cluster that is full, and at least so many jobs that wait for it. */
export function deepQueueOf(cluster: ClusterShape, pending: number, submissions: Submissions): { readonly engine: Engine; readonly nowMs: number } {
  const engine = clusterOf(cluster);
  for (let missing = pending; missing > 0; missing = pending - engine.pending().length) {
    for (let i = 0; i < missing; i++) engine.submit(submissions.next());
    engine.plan(submissions.lastMs);
  }
  return { engine, nowMs: submissions.lastMs };
}
