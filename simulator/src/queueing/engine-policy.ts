import { Engine, type JobAsk, type NodeSpec, type Placement } from '@pioche/scheduling/engine';
import { type ClusterShape, NODES_PER_UNIT } from './cluster.js';
import type { Ask, Decided, Policy, Start } from './policy.js';

const QUEUE = 'batch';
const TENANT = 'tenant';
const MODEL = 'NVIDIA H100 80GB HBM3';
const jobOf = (id: number): string => `j${id}`;
const idOf = (job: string): number => Number(job.slice(1));
const nodeOf = (node: number): string => `n${node}`;
const numberOf = (node: string): number => Number(node.slice(1));

const specOf = (node: number, { gpusPerNode }: ClusterShape): NodeSpec => ({
  node: nodeOf(node), name: nodeOf(node), site: 'site', scalableUnit: Math.floor(node / NODES_PER_UNIT) + 1, country: 'FR', jurisdiction: 'FR', certifications: [],
  gpus: Array.from({ length: gpusPerNode }, (_, index) => ({ id: `${index}`, index, model: MODEL, rail: index })),
});

const startOf = ({ job, placements }: Pick<Placement, 'job' | 'placements'>): Start => ({
  id: idOf(job),
  shares: placements.map(({ node, gpus }) => ({ node: numberOf(node), gpus: gpus.map(Number) })),
});

/** The engine that the service runs, driven as the service drives it. */
export class EnginePolicy implements Policy {
  private readonly engine = Engine.empty(() => ({ allowed: true, policy: 'policy', policyVersion: 1, rules: [] }));

  constructor(private readonly cluster: ClusterShape) {
    this.engine.setQueue(QUEUE, { priority: 0, defaultTimeLimitS: 3600 });
    this.engine.setQuota(TENANT, { guaranteed: cluster.nodes * cluster.gpusPerNode, borrowable: 0, weight: 1 });
    for (let node = 0; node < cluster.nodes; node++) this.repaired(node);
  }

  submitted({ id, arrivalMs, limitMs, nodes, gpusPerNode }: Ask): void {
    const ask: JobAsk = { job: jobOf(id), tenant: TENANT, queue: QUEUE, nodes, gpusPerNode, gpuMilli: 1000, priority: 0, timeLimitS: limitMs / 1000, dataClass: 'internal', arrivedMs: arrivalMs };
    this.engine.submit(ask);
  }

  finished(id: number, nowMs: number): void {
    this.engine.finished(jobOf(id), nowMs);
  }

  requeued(id: number): void {
    this.engine.requeued(jobOf(id));
  }

  failed(node: number): void {
    this.engine.withdrawNode(nodeOf(node));
  }

  repaired(node: number): void {
    this.engine.admitNode(specOf(node, this.cluster));
  }

  plan(nowMs: number): Decided {
    const { placements, repairs, evictions, wakeAtMs } = this.engine.plan(nowMs);
    return { starts: placements.map(startOf), moves: repairs.map(startOf), stops: evictions.map(({ job }) => idOf(job)), wakeAtMs };
  }
}
