import type { ContextName } from '@pioche/contracts';
import type { Consumption, ConsumptionStatus } from './source.js';

export interface Patience {
  /** Milliseconds without a sign of life, or with events waiting and none done, before it is called stalled. Default 5,000. */
  readonly stalledAfterMs?: number;
  /** … before it is called failed. Default 60,000. */
  readonly failedAfterMs?: number;
}

/** How many events are known to wait, now. */
export type Waiting = () => number;

export const NOTHING_WAITS: Waiting = () => 0;

interface Place {
  readonly source: ContextName;
  position: number;
  readonly waiting: Waiting;
  lastSign: number;
}

type Listener = (source: ContextName, position: number) => void;

/** What a consumption knows of itself. Without it a consumer that has died looks like one with nothing to do. */
export class Progress implements Omit<Consumption, 'close'> {
  problem: string | undefined;
  private readonly places = new Map<string, Place>();
  private readonly listeners = new Set<Listener>();
  private started = false;
  private fatal = false;
  private lastContact = Date.now();
  private readonly stalledAfterMs: number;
  private readonly failedAfterMs: number;

  constructor({ stalledAfterMs = 5_000, failedAfterMs = 60_000 }: Patience = {}) {
    this.stalledAfterMs = stalledAfterMs;
    this.failedAfterMs = failedAfterMs;
  }

  get status(): ConsumptionStatus {
    if (this.fatal) return 'failed';
    const signs = [...this.places.values()].map((place) => place.lastSign);
    const silent = Date.now() - Math.min(...signs, signs.length === 0 ? this.lastContact : Infinity);
    if (silent > this.failedAfterMs) return 'failed';
    if (!this.started) return 'starting';
    return silent > this.stalledAfterMs ? 'stalled' : 'running';
  }

  /** Whether this consumption has it to read. */
  holds(source: ContextName, partition: number): boolean {
    return this.places.has(`${source}/${partition}`);
  }

  lag(): number {
    let lag = 0;
    for (const place of this.places.values()) lag += place.waiting();
    return lag;
  }

  position(source: ContextName): number {
    const positions = [...this.places.values()].filter((place) => place.source === source).map((place) => place.position);
    return positions.length === 0 ? 0 : Math.min(...positions);
  }

  onProgress(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** It takes a partition over, at this position. To take one again is no sign of life. */
  assigned(source: ContextName, partition: number, position: number, waiting: Waiting): void {
    const key = `${source}/${partition}`;
    this.places.set(key, { source, position, waiting, lastSign: this.places.get(key)?.lastSign ?? Date.now() });
  }

  /** Its partitions were taken away, to be given out again. */
  unassigned(): void {
    this.places.clear();
    this.lastContact = Date.now();
  }

  /** A batch was stored; of a partition that was taken away meanwhile, by then somebody else's. */
  moved(source: ContextName, partition: number, position: number): void {
    const place = this.places.get(`${source}/${partition}`);
    if (place) Object.assign(place, { position, lastSign: Date.now() });
    this.started = true;
    this.problem = undefined;
    for (const listener of this.listeners) listener(source, position);
  }

  /** A source was asked and answered: a sign of life where nothing waits. */
  alive(source?: ContextName): void {
    this.started = true;
    this.lastContact = Date.now();
    for (const place of this.places.values()) {
      if (source !== undefined && place.source !== source) continue;
      if (place.waiting() === 0) place.lastSign = this.lastContact;
    }
  }

  fail(error: unknown): void {
    this.fatal = true;
    this.troubled(error);
  }

  troubled(error: unknown): void {
    this.problem = error instanceof Error ? error.message : String(error);
  }
}
