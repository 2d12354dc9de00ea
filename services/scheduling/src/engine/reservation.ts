/** The reserved start of a blocked job: when, by the limits of what runs, its GPUs come free, and which. */
import type { JobClass } from './backlog.js';
import { lowestBit, popcount } from './bits.js';
import type { Claim, Cluster } from './cluster.js';
import { chooseGang } from './gang.js';
import type { Pool } from './pool.js';
import type { JobAsk } from './types.js';
import { MAX_GPUS, WHOLE } from './units.js';

export type Shape = Pick<JobAsk, 'nodes' | 'gpusPerNode' | 'gpuMilli' | 'migProfile' | 'cpuMilli' | 'memoryMib' | 'topology'>;

/** What runs, as far as its end matters. */
export interface Ending {
  readonly claim: Claim;
  readonly endMs: number;
}

export class Reservation {
  constructor(
    readonly job: string,
    readonly holder: JobClass,
    readonly pool: Pool,
    readonly startMs: number,
    /** GPUs that the job needs of each of its nodes. */
    readonly need: number,
    /** Reserved node → its GPUs that are free at the start, unless something long takes them before. */
    readonly masks: Map<number, number>,
  ) {}

  /** Whole GPUs of the node that a job may take which runs past the start. */
  spare(node: number, free: number): number {
    const mask = this.masks.get(node);
    return mask === undefined ? free : Math.min(free, popcount(mask) - this.need);
  }

  /** Whether a job that runs past the start may take these GPUs. */
  allows(node: number, gpus: number): boolean {
    const mask = this.masks.get(node);
    return mask === undefined || (mask & gpus) === 0 || popcount(mask & ~gpus) >= this.need;
  }

  /** A job that runs past the start has taken these GPUs. */
  taken({ nodes, masks }: Claim): void {
    for (const [i, node] of nodes.entries()) {
      const mask = this.masks.get(node);
      if (mask !== undefined) this.masks.set(node, mask & ~masks[i]!);
    }
  }
}

/** The cluster as it will be: what runs ends at its limit, in order. */
class Future {
  readonly free: Uint32Array;
  private readonly milli: Uint16Array;
  private fitting = 0;

  constructor(private readonly cluster: Cluster, private readonly pool: Pool, private readonly shape: Shape) {
    this.free = cluster.free.slice();
    this.milli = cluster.milli.slice();
    for (let n = pool.members.next(0); n >= 0; n = pool.members.next(n + 1)) if (this.fitsNode(n)) this.fitting += 1;
  }

  /** @returns whether the job fits after this end */
  end({ nodes, masks, milli }: Claim): boolean {
    for (const [i, node] of nodes.entries()) {
      const counts = this.cluster.poolOf[node] === this.pool && this.cluster.status[node] === 'open';
      const before = counts && this.fitsNode(node);
      for (let bits = masks[i]!; bits !== 0; bits &= bits - 1) {
        const bit = lowestBit(bits);
        const left = (this.milli[node * MAX_GPUS + bit]! += milli);
        if (left === WHOLE) this.free[node]! |= 1 << bit;
      }
      if (counts && !before && this.fitsNode(node)) this.fitting += 1;
    }
    return this.fitting >= this.shape.nodes;
  }

  /** The first node with room for the fraction, and its GPUs that have it. */
  fraction(): [node: number, mask: number] {
    let node = this.pool.members.next(0);
    while (!this.fitsNode(node)) node = this.pool.members.next(node + 1);
    let mask = 0;
    for (let bit = 0; bit < this.cluster.specs[node]!.gpus.length; bit++)
      if (this.milli[node * MAX_GPUS + bit]! >= this.shape.gpuMilli) mask |= 1 << bit;
    return [node, mask];
  }

  private fitsNode(node: number): boolean {
    if (this.shape.gpuMilli === WHOLE) return popcount(this.free[node]!) >= this.shape.gpusPerNode;
    const gpus = this.cluster.specs[node]!.gpus.length;
    for (let bit = 0; bit < gpus; bit++) if (this.milli[node * MAX_GPUS + bit]! >= this.shape.gpuMilli) return true;
    return false;
  }
}

/**
 * The earliest start of a job that does not fit now, if nothing that runs exceeds its limit.
 * @param running in order of their ends
 * @returns undefined when the pool is too small for it
 */
export function reserve(cluster: Cluster, pool: Pool, job: string, holder: JobClass, running: readonly Ending[], nowMs: number): Reservation | undefined {
  const shape: Shape = holder.sample;
  const future = new Future(cluster, pool, shape);
  for (let i = 0; i < running.length; i++) {
    if (!future.end(running[i]!.claim)) continue;
    const startMs = Math.max(running[i]!.endMs, nowMs);
    for (let j = i + 1; j < running.length && running[j]!.endMs <= startMs; j++) future.end(running[j]!.claim);
    if (shape.gpuMilli < WHOLE) return new Reservation(job, holder, pool, startMs, 1, new Map([future.fraction()]));
    const nodes = chooseGang(cluster, pool, shape, startMs, (node) => popcount(future.free[node]!));
    return nodes && new Reservation(job, holder, pool, startMs, shape.gpusPerNode, new Map(nodes.map((node) => [node, future.free[node]!])));
  }
  return undefined;
}
