import type { WaitingJob } from './backlog.js';
import { lowestBit } from './bits.js';
import type { Claim } from './cluster.js';
import type { Pool } from './pool.js';
import { MAX_GPUS } from './units.js';

export interface RunningJob {
  readonly job: WaitingJob;
  readonly pool: Pool;
  claim: Claim;
  startedMs: number;
  /** When its limit is over, or what it was asked to stop by. */
  endMs: number;
  /** Its progress is saved up to here. */
  savedMs: number;
  /** It has been asked to save its progress and to stop. */
  leaving?: Leaving | undefined;
  /** Since when a node of it is gone. */
  brokenMs?: number | undefined;
  /** What it held before a repair that is not recorded yet. */
  repaired?: (Pick<RunningJob, 'startedMs' | 'endMs' | 'leaving'> & { readonly from: Claim; readonly brokenMs: number }) | undefined;
  /** It has to be stopped: decided, not yet recorded. */
  evicted?: boolean | undefined;
  /** Where `Running` has it, if it is there. */
  place?: number | undefined;
}

export interface Leaving {
  /** Who takes its place; absent: nobody, its node is drained. */
  readonly for?: string | undefined;
  /** When its limit would have been over. */
  readonly limitEndMs: number;
}

const NOBODY: readonly RunningJob[] = [];
/** Fewer gaps are left until somebody reads the list. */
const LEAST_GAPS = 64;

const inOrder = (a: RunningJob, b: RunningJob): number => a.endMs - b.endMs || a.job.seq - b.job.seq;

/** What holds GPUs, in the order it ends if nothing exceeds its limit; ties: first submitted. */
export class Running {
  /** In the order of their ends as far as `sorted` says; a gap where one has left since it was last read. */
  private list: (RunningJob | undefined)[] = [];
  private gaps = 0;
  private sorted = true;
  /** Per node: what holds something of it. */
  private readonly nodes: (RunningJob[] | undefined)[] = [];
  /** Per node: when its busy GPUs come free, soonest first; absent: to be looked at again. */
  private readonly ends: (Float64Array | undefined)[] = [];
  /** Per GPU of the node that is looked at. */
  private readonly latest = new Float64Array(MAX_GPUS);

  get jobs(): readonly RunningJob[] {
    if (this.gaps > 0 || !this.sorted) this.tidy();
    return this.list as RunningJob[];
  }

  add(job: RunningJob): void {
    const last = this.list[this.list.length - 1];
    if (this.list.length > 0 && !(last && inOrder(last, job) < 0)) this.sorted = false;
    job.place = this.list.push(job) - 1;
    for (const node of job.claim.nodes) {
      (this.nodes[node] ??= []).push(job);
      this.ends[node] = undefined;
    }
  }

  remove(job: RunningJob): void {
    const place = job.place ?? -1;
    this.list[this.list[place] === job ? place : this.list.indexOf(job)] = undefined;
    this.gaps += 1;
    if (this.gaps > LEAST_GAPS && this.gaps > this.list.length / 2) this.tidy();
    for (const node of job.claim.nodes) {
      const here = this.nodes[node]!;
      const last = here.pop()!;
      if (last !== job) here[here.indexOf(job)] = last;
      this.ends[node] = undefined;
    }
  }

  on(node: number): readonly RunningJob[] {
    return this.nodes[node] ?? NOBODY;
  }

  /** The node's busy GPUs have other numbers now. */
  renumbered(node: number): void {
    this.ends[node] = undefined;
  }

  /** When the last holder of each busy GPU of the node is due to end, soonest first. */
  endsOn(node: number): Float64Array {
    return (this.ends[node] ??= this.endsOf(node));
  }

  /** When the last of all that run on the node is due to end; 0 when none does. */
  lastEndOn(node: number): number {
    let end = 0;
    for (const { endMs } of this.on(node)) if (endMs > end) end = endMs;
    return end;
  }

  /** When the last holder of this GPU is due to end; 0 when it is free. */
  endOf(node: number, bit: number): number {
    let end = 0;
    for (const { claim, endMs } of this.on(node)) if (endMs > end && (claim.masks[claim.nodes.indexOf(node)]! & (1 << bit)) !== 0) end = endMs;
    return end;
  }

  private endsOf(node: number): Float64Array {
    const { latest } = this;
    let busy = 0;
    latest.fill(0);
    for (const { claim, endMs } of this.on(node))
      for (let bits = claim.masks[claim.nodes.indexOf(node)]!; bits !== 0; bits &= bits - 1) {
        const bit = lowestBit(bits);
        if (latest[bit] === 0) busy += 1;
        if (endMs > latest[bit]!) latest[bit] = endMs;
      }
    return latest.slice().sort().subarray(MAX_GPUS - busy);
  }

  private tidy(): void {
    const jobs = this.list.filter((job) => job !== undefined);
    if (!this.sorted) jobs.sort(inOrder);
    for (let i = 0; i < jobs.length; i++) jobs[i]!.place = i;
    this.list = jobs;
    this.gaps = 0;
    this.sorted = true;
  }
}
