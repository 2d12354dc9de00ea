/** The platform's own engine: what it places here is what it places in production. */
import { Engine, type JobAsk, type NodeShare, type NodeSpec } from '@pioche/scheduling/engine';
import type { TraceNode } from './nodes.js';
import type { Pods, PodType } from './pods.js';
import { DROPPED, type Decision, type Policy, type Spot } from './policy.js';

const QUEUE = 'trace';
const TENANT = 'trace';
/** Nobody departs: a limit of a hundred years. */
const LIMIT_S = 100 * 365 * 86_400;

const specOf = ({ name, cpuMilli, memoryMib, gpus, model }: TraceNode): NodeSpec => ({
  node: name, name, cpuMilli, memoryMib, site: 'trace', scalableUnit: 1, country: 'FR', jurisdiction: 'FR', certifications: [],
  gpus: Array.from({ length: gpus }, (_, index) => ({ id: `${index}`, index, rail: index, model })),
});

const askOf = ({ cpuMilli, memoryMib, gpus, gpuMilli, models }: PodType): Omit<JobAsk, 'job'> => ({
  tenant: TENANT, queue: QUEUE, nodes: 1, gpusPerNode: gpus, gpuMilli: gpus === 0 ? 1000 : gpuMilli, cpuMilli, memoryMib,
  gpuModels: models.length > 0 ? models : undefined, priority: 0, dataClass: 'internal', preemptible: false, movable: true, arrivedMs: 0,
});

export class Pioche implements Policy {
  private readonly engine = Engine.empty(() => ({ allowed: true, policy: 'trace', policyVersion: 1, rules: [] }));
  private readonly asks: readonly Omit<JobAsk, 'job'>[];
  private readonly numbers: ReadonlyMap<string, number>;

  /** @param known the distribution of the types; absent: it is learnt @param movesPer100 moves for a hundred placements */
  constructor(nodes: readonly TraceNode[], types: readonly PodType[], known?: Pods, movesPer100 = 0) {
    this.engine.setMoves(movesPer100);
    this.asks = types.map(askOf);
    this.numbers = new Map(nodes.map(({ name }, i) => [name, i]));
    this.engine.setQueue(QUEUE, { priority: 0, defaultTimeLimitS: LIMIT_S, reserves: false });
    this.engine.setQuota(TENANT, { guaranteed: Number.MAX_SAFE_INTEGER / 1000, borrowable: 0, weight: 1 });
    for (const node of nodes) this.engine.admitNode(specOf(node));
    if (known)
      this.engine.expect(known.types.map(({ gpus, gpuMilli, cpuMilli, memoryMib, models }, i) => ({
        gpus, gpuMilli, cpu: cpuMilli, memory: memoryMib, models: models.length > 0 ? models : undefined, site: undefined, count: known.counts[i]!,
      })));
  }

  place(pod: number, type: number): Decision {
    const job = `${pod}`;
    this.engine.submit({ ...this.asks[type]!, job });
    const { placements: [placement], moves = [] } = this.engine.plan(0);
    const moved = moves.map((move) => ({ pod: Number(move.job), spot: this.spotOf(move.placements) }));
    if (placement) return { spot: this.spotOf(placement.placements), moves: moved };
    this.engine.cancel(job);
    return moved.length > 0 ? { moves: moved } : DROPPED;
  }

  private spotOf([share]: readonly NodeShare[]): Spot {
    return { node: this.numbers.get(share!.node)!, gpus: share!.gpus.map(Number) };
  }
}
