/** The nodes over time: what is free now, what comes free by limits, what is reserved, what is kept for a tenant. */
import { lowestBit, popcount } from './bits.js';
import type { Claim, Cluster } from './cluster.js';
import type { Kept } from './kept.js';
import type { Reservation, Shape } from './reservation.js';
import type { Running } from './running.js';
import { type Amount, Skyline } from './skyline.js';
import { MAX_GPUS, WHOLE } from './units.js';

/** What the shape takes of each of its nodes. A share or a MIG instance may take a whole GPU. */
export const amountOf = ({ gpusPerNode, cpuMilli = 0, memoryMib = 0 }: Shape): Amount => ({ gpus: gpusPerNode, cpu: cpuMilli, memory: memoryMib });

/** What a job may take that would run from now until `endMs`. */
export interface Room {
  /** Whole GPUs of the node, of those that are free now; negative when it must not run there. */
  spare(node: number, free: number): number;
  /** Whether it may share these GPUs, which are in part free. */
  allows(node: number, gpus: number): boolean;
}

export class Profile {
  /** Only of nodes that something is reserved on: of others, what runs says it all. Absent while there are none. */
  private lines: Map<number, Skyline> | undefined;
  /** GPUs (32 to a node) that are reserved for a share while others still share them. */
  private shares: Map<number, { readonly fromMs: number; readonly toMs: number }> | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly running: Running,
    private readonly kept: Kept,
    readonly nowMs: number,
  ) {}

  /** The same, with what is reserved. */
  with(reservations: readonly Reservation[]): this {
    for (const reservation of reservations) this.reserve(reservation);
    return this;
  }

  reserve({ nodes, holder, startMs, endMs, bit }: Reservation): void {
    for (const node of nodes) {
      const line = this.lineOf(node);
      if (bit === undefined) {
        line.take(startMs, endMs, amountOf(holder.sample));
        continue;
      }
      line.take(startMs, endMs, { ...amountOf(holder.sample), gpus: 0 });
      this.prolong(node, bit, endMs);
      this.shares ??= new Map();
      this.shares.set(node * MAX_GPUS + bit, { fromMs: startMs, toMs: endMs });
    }
  }

  /** A job is about to start with this claim: what is reserved on its nodes is seen beside it. Before the claim is taken. */
  starts({ nodes, masks, milli, cpu = 0, memory = 0 }: Claim, endMs: number): void {
    const { lines } = this;
    if (!lines) return;
    for (const [i, node] of nodes.entries()) {
      const line = lines.get(node);
      if (!line) continue;
      const opened = popcount(masks[i]! & this.cluster.free[node]!);
      line.take(this.nowMs, endMs, { gpus: opened, cpu, memory });
      if (milli < WHOLE && opened === 0) this.prolong(node, lowestBit(masks[i]!), endMs);
    }
  }

  /** @returns undefined where all that is free is open to the job */
  room(shape: Shape, tenant: string, endMs: number): Room | undefined {
    const { nowMs, lines, kept, shares } = this;
    if (!lines && kept.empty) return undefined;
    const amount = amountOf(shape);
    const isKept = (node: number): boolean => kept.keeps(node, tenant, nowMs, endMs);
    return {
      spare: (node, free) => (isKept(node) ? -1 : Math.min(free, lines?.get(node)?.spare(nowMs, endMs, amount) ?? free)),
      allows: (node, gpus) => {
        if (isKept(node)) return false;
        const line = lines?.get(node);
        if (!line) return true;
        const bit = lowestBit(gpus);
        if (endMs > (shares?.get(node * MAX_GPUS + bit)?.fromMs ?? Infinity)) return false;
        const freeMs = this.freeFrom(node, bit);
        return line.spare(nowMs, endMs, amount) >= 0 && (freeMs >= endMs || line.spare(freeMs, endMs, amount) >= 1);
      },
    };
  }

  /** The first time from `fromMs` on at which the node has the amount for so long; infinite when never. */
  earliest(node: number, amount: Amount, tenant: string, fromMs: number, lengthMs: number): number {
    if (this.kept.empty) return this.earliestFree(node, amount, fromMs, lengthMs);
    let start = fromMs;
    for (;;) {
      start = this.earliestFree(node, amount, start, lengthMs);
      const open = this.kept.openFrom(node, tenant, start, start + lengthMs);
      if (open === start || start === Infinity) return start;
      start = open;
    }
  }

  /** Until when the node has the amount without a break, from now on. */
  until(node: number, amount: Amount, tenant: string): number {
    const closes = this.kept.closesAt(node, tenant, this.nowMs);
    const line = this.lines?.get(node);
    return line ? Math.min(closes, line.until(this.nowMs, amount)) : closes;
  }

  /** Whole GPUs that the node has all through [from, to). */
  gpusOver(node: number, { cpu, memory }: Amount, fromMs: number, toMs: number): number {
    const line = this.lines?.get(node);
    if (line) return line.spare(fromMs, toMs, { gpus: 0, cpu, memory });
    if (this.hostBinds(node, cpu, memory)) return this.built(node).spare(fromMs, toMs, { gpus: 0, cpu, memory });
    const ends = this.running.endsOn(node);
    let gpus = popcount(this.cluster.free[node]!);
    for (let i = 0; i < ends.length && this.due(ends[i]!) <= fromMs; i++) gpus += 1;
    return gpus;
  }

  /** Whether the node is kept for somebody else at some time in [from, to). */
  keeps(node: number, tenant: string, fromMs: number, toMs: number): boolean {
    return this.kept.keeps(node, tenant, fromMs, toMs);
  }

  /** When the GPU comes wholly free: now, when the last that runs on it ends, or what is reserved on it. */
  freeFrom(node: number, bit: number): number {
    const end = this.running.endOf(node, bit);
    return Math.max(end === 0 ? this.nowMs : this.due(end), this.shares?.get(node * MAX_GPUS + bit)?.toMs ?? 0);
  }

  shareReservedOn(node: number, bit: number): { readonly fromMs: number; readonly toMs: number } | undefined {
    return this.shares?.get(node * MAX_GPUS + bit);
  }

  /** What runs past its limit ends in a moment, as far as anybody knows. */
  due(endMs: number): number {
    return endMs > this.nowMs ? endMs : this.nowMs + 1;
  }

  private earliestFree(node: number, amount: Amount, fromMs: number, lengthMs: number): number {
    const line = this.lines?.get(node);
    if (line) return line.earliest(fromMs, lengthMs, amount);
    if (this.hostBinds(node, amount.cpu, amount.memory)) return this.built(node).earliest(fromMs, lengthMs, amount);
    const short = amount.gpus - popcount(this.cluster.free[node]!);
    if (short <= 0) return fromMs;
    const ends = this.running.endsOn(node);
    return short > ends.length ? Infinity : Math.max(fromMs, this.due(ends[short - 1]!));
  }

  private hostBinds(node: number, cpu: number, memory: number): boolean {
    return !this.cluster.hasHost(node, cpu, memory);
  }

  private lineOf(node: number): Skyline {
    const known = this.lines?.get(node);
    if (known) return known;
    const line = this.built(node);
    this.lines ??= new Map();
    this.lines.set(node, line);
    return line;
  }

  /** What is free on the node, and comes free by limits. */
  private built(node: number): Skyline {
    const { cluster, running } = this;
    const line = new Skyline(this.nowMs, { gpus: popcount(cluster.free[node]!), cpu: cluster.cpu[node]!, memory: cluster.memory[node]! });
    for (const end of running.endsOn(node)) line.take(this.due(end), Infinity, { gpus: -1, cpu: 0, memory: 0 });
    for (const { claim, endMs } of running.on(node))
      if (claim.cpu !== undefined || claim.memory !== undefined) line.take(this.due(endMs), Infinity, { gpus: 0, cpu: -(claim.cpu ?? 0), memory: -(claim.memory ?? 0) });
    return line;
  }

  /** Somebody holds a share of this busy GPU for longer than all that hold it now. */
  private prolong(node: number, bit: number, endMs: number): void {
    this.lines?.get(node)?.take(this.freeFrom(node, bit), endMs, { gpus: 1, cpu: 0, memory: 0 });
  }
}
