/** Advance reservations by node: who may run there, and when. */
import type { Cluster } from './cluster.js';
import type { AdvanceReservation } from './types.js';

interface Span {
  readonly tenant: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * A node is kept in [from, to) for one tenant, or for nobody. Others may run there only where their limit ends before
 * it begins, or after it is over.
 */
export class Kept {
  /** By node; absent while nothing is kept, as mostly: then a plan pays nothing for it. */
  private spans: Map<number, Span[]> | undefined;

  constructor(cluster: Pick<Cluster, 'numberOf'>, reservations: Iterable<AdvanceReservation>, nowMs: number) {
    for (const { tenant, nodes, fromMs, toMs } of reservations) {
      if (toMs <= nowMs) continue;
      for (const node of nodes) {
        const number = cluster.numberOf(node);
        if (number === undefined) continue;
        this.spans ??= new Map();
        const spans = this.spans.get(number);
        if (spans) spans.push({ tenant, fromMs, toMs });
        else this.spans.set(number, [{ tenant, fromMs, toMs }]);
      }
    }
  }

  get empty(): boolean {
    return this.spans === undefined;
  }

  /** Whether the node is kept for somebody else at some time in [from, to). */
  keeps(node: number, tenant: string, fromMs: number, toMs: number): boolean {
    return this.openFrom(node, tenant, fromMs, toMs) !== fromMs;
  }

  /** `fromMs` when the tenant may run there all through [from, to); else when what is in the way is over. */
  openFrom(node: number, tenant: string, fromMs: number, toMs: number): number {
    let open = fromMs;
    for (const span of this.spans?.get(node) ?? []) if (span.tenant !== tenant && span.fromMs < toMs && span.toMs > fromMs) open = Math.max(open, span.toMs);
    return open;
  }

  /** Until when the tenant may run there from now on; infinite where nobody else is expected. */
  closesAt(node: number, tenant: string, nowMs: number): number {
    let closes = Infinity;
    for (const span of this.spans?.get(node) ?? []) if (span.tenant !== tenant && span.toMs > nowMs) closes = Math.min(closes, Math.max(nowMs, span.fromMs));
    return closes;
  }
}

const NOTHING_KEPT = new Kept({ numberOf: () => undefined }, [], 0);

/** @param advance by id */
export const keptOf = (cluster: Cluster, advance: ReadonlyMap<string, AdvanceReservation>, nowMs: number): Kept =>
  advance.size === 0 ? NOTHING_KEPT : new Kept(cluster, advance.values(), nowMs);
