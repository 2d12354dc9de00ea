import { Floor } from './floor.js';
import type { ClusterShape } from './cluster.js';
import type { Ask, Decided, Policy, Start } from './policy.js';

/** Who comes first is served first; nobody overtakes. */
export class Fifo implements Policy {
  protected readonly floor: Floor;
  protected waiting: Ask[] = [];
  private readonly asks = new Map<number, Ask>();
  /** What ran on nodes that are gone. */
  private stops: number[] = [];

  constructor(cluster: ClusterShape) {
    this.floor = new Floor(cluster);
  }

  submitted(ask: Ask): void {
    this.asks.set(ask.id, ask);
    this.waiting.push(ask);
  }

  finished(id: number): void {
    this.floor.release(id);
    this.asks.delete(id);
  }

  requeued(id: number): void {
    this.floor.release(id);
    this.waiting.push(this.asks.get(id)!);
    this.waiting.sort((a, b) => a.id - b.id);
  }

  failed(node: number): void {
    this.floor.up[node] = false;
    this.stops.push(...this.floor.running[node]!.map(({ id }) => id));
  }

  repaired(node: number): void {
    this.floor.up[node] = true;
  }

  plan(nowMs: number): Decided {
    const stops = [...new Set(this.stops)];
    this.stops = [];
    if (stops.length > 0) return { starts: [], moves: [], stops };
    const starts = this.startable(nowMs);
    const started = new Set(starts.map(({ id }) => id));
    this.waiting = this.waiting.filter(({ id }) => !started.has(id));
    return { starts, moves: [], stops: [] };
  }

  protected startable(nowMs: number): Start[] {
    const starts: Start[] = [];
    for (const ask of this.waiting) {
      const shares = this.floor.place(ask, nowMs, () => true);
      if (!shares) break;
      starts.push({ id: ask.id, shares });
    }
    return starts;
  }
}
