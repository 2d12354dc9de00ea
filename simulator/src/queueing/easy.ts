import { Fifo } from './fifo.js';
import type { Ask, Start } from './policy.js';

interface Reserved {
  readonly startMs: number;
  /** GPUs of each reserved node that others may hold past the start. */
  readonly spare: ReadonlyMap<number, number>;
}

/**
 * EASY backfill (Lifka 1995), node by node: in order of arrival; the first job that does not fit is given the earliest
 * start that limits allow, and a later one starts when it ends by then or leaves the reserved GPUs.
 */
export class Easy extends Fifo {
  protected override startable(nowMs: number): Start[] {
    const starts: Start[] = [];
    let reserved: Reserved | undefined;
    // Of a shape that did not fit, no longer job does.
    const refused = new Map<string, number>();
    for (const ask of this.waiting) {
      const shape = `${ask.nodes}x${ask.gpusPerNode}`;
      if (ask.limitMs >= (refused.get(shape) ?? Infinity)) continue;
      const long = reserved && nowMs + ask.limitMs > reserved.startMs ? reserved : undefined;
      const shares = this.floor.place(ask, nowMs, (node) => (long?.spare.get(node) ?? Infinity) >= ask.gpusPerNode);
      if (shares) {
        starts.push({ id: ask.id, shares });
        if (long) reserved = { ...long, spare: new Map([...long.spare].map(([node, spare]) => [node, spare - (shares.some((share) => share.node === node) ? ask.gpusPerNode : 0)])) };
        continue;
      }
      refused.set(shape, ask.limitMs);
      reserved ??= this.reserve(ask, nowMs);
    }
    return starts;
  }

  /** When and where, by limits, the job starts at the latest: the nodes that then have the fewest GPUs free. */
  private reserve({ nodes: count, gpusPerNode }: Ask, nowMs: number): Reserved | undefined {
    const { free, running, up } = this.floor;
    const freeAt = (node: number, ms: number): number => running[node]!.reduce((gpus, job) => (Math.max(job.endMs, nowMs + 1) <= ms ? gpus + job.gpus : gpus), free[node]!.length);
    const times = free.flatMap((gpus, node) => {
      if (!up[node]) return [];
      let left = gpus.length;
      if (left >= gpusPerNode) return [nowMs];
      for (const { gpus: more, endMs } of running[node]!.toSorted((a, b) => a.endMs - b.endMs)) if ((left += more) >= gpusPerNode) return [Math.max(endMs, nowMs + 1)];
      return [];
    });
    const startMs = times.sort((a, b) => a - b)[count - 1];
    if (startMs === undefined) return undefined;
    const nodes = free.flatMap((_, node) => (up[node] && freeAt(node, startMs) >= gpusPerNode ? [node] : []));
    nodes.sort((a, b) => freeAt(a, startMs) - freeAt(b, startMs) || a - b);
    return { startMs, spare: new Map(nodes.slice(0, count).map((node) => [node, freeAt(node, startMs) - gpusPerNode])) };
  }
}
