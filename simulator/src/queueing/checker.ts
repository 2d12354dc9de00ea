import type { ClusterShape } from './cluster.js';
import type { Start } from './policy.js';
import type { SimulatedJob } from './workload.js';

/** Keeps its own account of every GPU and stops the simulation at the first decision that breaks a rule. */
export class Checker {
  /** Per GPU: the job that holds it, or −1. */
  private readonly holders: Int32Array;
  private readonly up: boolean[];
  private readonly state: ('absent' | 'waiting' | 'running' | 'finished')[];
  private readonly held = new Map<number, Start['shares']>();

  constructor(
    private readonly cluster: ClusterShape,
    private readonly jobs: readonly SimulatedJob[],
  ) {
    this.holders = new Int32Array(cluster.nodes * cluster.gpusPerNode).fill(-1);
    this.up = Array.from({ length: cluster.nodes }, () => true);
    this.state = jobs.map(() => 'absent');
  }

  arrived(id: number, nowMs: number): void {
    this.expect(this.state[id] === 'absent' && nowMs >= this.jobs[id]!.arrivalMs, id, 'comes before its time');
    this.state[id] = 'waiting';
  }

  started({ id, shares }: Start): void {
    const job = this.jobs[id];
    this.expect(job !== undefined && this.state[id] === 'waiting', id, 'does not wait');
    this.take(job!, shares);
    this.state[id] = 'running';
  }

  moved({ id, shares }: Start): void {
    this.expect(this.state[id] === 'running', id, 'does not run');
    this.release(id);
    this.take(this.jobs[id]!, shares);
  }

  finished(id: number): void {
    this.expect(this.state[id] === 'running', id, 'does not run');
    this.release(id);
    this.state[id] = 'finished';
  }

  requeued(id: number): void {
    this.finished(id);
    this.state[id] = 'waiting';
  }

  node(node: number, up: boolean): void {
    this.up[node] = up;
  }

  /** Nobody is dropped, no GPU is held at the end. */
  ended(): void {
    for (const [id, state] of this.state.entries()) this.expect(state === 'finished', id, `is ${state} at the end`);
    for (const holder of this.holders) this.expect(holder < 0, holder, 'still holds a GPU at the end');
  }

  private take({ id, nodes, gpusPerNode }: SimulatedJob, shares: Start['shares']): void {
    this.expect(shares.length === nodes && new Set(shares.map(({ node }) => node)).size === nodes, id, `has not ${nodes} nodes`);
    for (const { node, gpus } of shares) {
      this.expect(this.up[node] === true, id, `is placed on node ${node}, which is down or unknown`);
      this.expect(gpus.length === gpusPerNode, id, `has not ${gpusPerNode} GPUs of node ${node}`);
      for (const gpu of gpus) {
        this.expect(Number.isInteger(gpu) && gpu >= 0 && gpu < this.cluster.gpusPerNode, id, `has GPU ${gpu} of node ${node}, which does not exist`);
        const at = node * this.cluster.gpusPerNode + gpu;
        this.expect(this.holders[at] === -1, id, `has GPU ${gpu} of node ${node}, which job ${this.holders[at]} holds`);
        this.holders[at] = id;
      }
    }
    this.held.set(id, shares);
  }

  private release(id: number): void {
    for (const { node, gpus } of this.held.get(id) ?? []) for (const gpu of gpus) this.holders[node * this.cluster.gpusPerNode + gpu] = -1;
    this.held.delete(id);
  }

  private expect(holds: boolean, id: number, problem: string): void {
    if (!holds) throw new Error(`checker: job ${id} ${problem}`);
  }
}
