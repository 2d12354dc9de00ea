import type { ContextName } from '@pioche/contracts';
import { AdvisoryLocks, type Consumption, type EventSource } from '@pioche/event-bus';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { parksMore } from './builds.js';
import { consumerOf, type Generation } from './generation.js';
import type { Projection } from './projection.js';
import { isLeft, presenceOf, Registry } from './registry.js';
import type { SchemaOwner } from './rights.js';
import { RunningGeneration } from './running-generation.js';

export interface KeeperOptions {
  /** Knows the entities; `synchronize` off. Its database also holds the event bus's `checkpoints`. */
  readonly dataSource: DataSource;
  /** Who makes, drops and switches the tables, where that is another role than `dataSource`'s. */
  readonly owner?: SchemaOwner<DataSource>;
  /** Of the same database. Its role and `dataSource`'s see every row: a connection option is `AS_PLATFORM`. */
  readonly pool: pg.Pool;
  readonly projections: readonly Projection[];
  /** Where a context's events come from: one's own store by log tail, the others' as configured. */
  readonly sourceOf: (context: ContextName) => EventSource;
  /** Events per transaction at most. Default 5,000. */
  readonly batchSize?: number;
  /** Milliseconds that the tables of a retired generation stay, for queries that still run. Default 60,000. */
  readonly graceMs?: number;
  /** … of an older version, to which one may go back. Default seven days. */
  readonly keepMs?: number;
  /** Told of what is tried again by itself. */
  readonly onTrouble?: (error: unknown) => void;
}

const GRACE_MS = 60_000;
const KEEP_MS = 7 * 86_400_000;
const CALM_MS = 1_000;
/** While something is being built. */
const BUSY_MS = 100;

/** Runs the generations that the registry says should run, lets what has caught up take over, drops what is long retired. */
export class Keeper {
  private readonly registry: Registry;
  /** Says of each read model which version's code is there. */
  private readonly presence: AdvisoryLocks;
  private readonly running = new Map<string, RunningGeneration>();
  private timer: NodeJS.Timeout | undefined;
  private tending: Promise<void> = Promise.resolve();
  /** Read models of which a version newer than this code's is live. */
  private newer: ReadonlySet<string> = new Set();
  private closed = false;

  constructor(
    private readonly options: KeeperOptions,
    private readonly onProgress: () => void,
  ) {
    this.registry = new Registry(options.dataSource, options.owner);
    this.presence = new AdvisoryLocks(options.pool);
  }

  async start(): Promise<void> {
    await this.registry.createTable();
    await this.beThere();
    for (const projection of this.options.projections) await this.registry.prepare(projection);
    await this.tend();
    this.schedule();
  }

  async rebuild(projection: Projection): Promise<void> {
    await this.registry.rebuild(projection);
    await this.tend();
  }

  liveOf(name: string): RunningGeneration | undefined {
    return [...this.running.values()].find(({ generation }) => generation.name === name && generation.state === 'live');
  }

  get consumptions(): ReadonlyMap<string, readonly Consumption[]> {
    return new Map([...this.running].map(([consumer, { consumptions }]) => [consumer, consumptions]));
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.tending.catch(() => {});
    await Promise.all([...this.running.values()].map((running) => running.close()));
    this.running.clear();
    // Only now: nobody takes over from code that still works.
    await this.presence.close();
  }

  private async beThere(): Promise<void> {
    for (const projection of this.options.projections) await this.presence.share(presenceOf(projection));
  }

  private schedule(): void {
    if (this.closed) return;
    // What stands by for a newer version to go away is in no hurry.
    const building = [...this.running.values()].some(({ generation }) => generation.state === 'building' && !this.newer.has(generation.name));
    this.timer = setTimeout(() => {
      void this.tend().catch((error: unknown) => this.options.onTrouble?.(error)).then(() => this.schedule());
    }, building ? BUSY_MS : CALM_MS).unref();
  }

  /** One at a time. */
  private tend(): Promise<void> {
    this.tending = this.tending.catch(() => {}).then(() => this.tendAll());
    return this.tending;
  }

  /** Each for itself: one that fails does not keep the others. */
  private async tendAll(): Promise<void> {
    const { projections, graceMs = GRACE_MS, keepMs = KEEP_MS } = this.options;
    if (!this.closed) await this.beThere();
    const generations = Map.groupBy(await this.registry.generations(), ({ name }) => name);
    const liveOf = (name: string) => generations.get(name)?.find(({ state }) => state === 'live');
    this.newer = new Set(projections.filter(({ name, version }) => (liveOf(name)?.version ?? 0) > version).map(({ name }) => name));
    const tended = await Promise.allSettled(projections.map(async (projection) => {
      const own = generations.get(projection.name) ?? [];
      for (const generation of own) if (!this.closed) await this.tendOne(projection, generation);
      if (this.closed) return;
      if (!own.some(({ version, state }) => version === projection.version && (state === 'live' || state === 'building'))) await this.registry.prepare(projection);
      if (own.some((one) => isLeft(projection, one)) && liveOf(projection.name)?.version === projection.version) await this.registry.retireLeft(projection);
      await this.registry.dropRetired(projection, graceMs, keepMs);
    }));
    for (const result of tended) if (result.status === 'rejected') throw result.reason;
  }

  private async tendOne(projection: Projection, generation: Generation): Promise<void> {
    const consumer = consumerOf(generation);
    const running = this.running.get(consumer);
    const wanted = (generation.state === 'building' || generation.state === 'live') && generation.version === projection.version;
    if (!wanted) {
      this.running.delete(consumer);
      await running?.close();
    } else if (!running) {
      const { sourceOf, batchSize } = this.options;
      const tables = this.registry.tablesOf(projection, generation);
      this.running.set(consumer, await RunningGeneration.start({ projection, generation, tables, sourceOf, batchSize, onProgress: this.onProgress }));
    } else {
      running.generation = generation;
      if (generation.state === 'building' && running.caughtUp && (await this.takeOver(projection, generation))) this.onProgress();
    }
  }

  private async takeOver(projection: Projection, generation: Generation): Promise<boolean> {
    if (await parksMore(this.options.pool, generation)) return false;
    return this.registry.takeOver(projection, generation);
  }
}
