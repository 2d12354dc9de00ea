/** Everything in a service that follows events: read models, reactions, own handlers, the relay. */
import type { ContextName } from '@pioche/contracts';
import { LogTailSource, type Consumption, type Handled, type EventHandler, type EventSource, type Log } from '@pioche/event-bus';
import type { EventStore } from '@pioche/event-store';
import { ProjectionHandler, ReadModels, Registry } from '@pioche/projections';
import type { Logger } from 'pino';
import type { ServiceConfig } from './config.js';
import { knownEvents, type ContextDeclaration } from './context.js';
import type { Database } from './database.js';
import type { Check } from './health.js';
import type { LagReport } from './http/lag.js';
import { openKafka, type KafkaSide } from './kafka-side.js';
import { startRedriver } from './redriver.js';
import { reactionHandler, type ReactionServices } from './reaction-handler.js';
import { asPlatform } from './viewer.js';

export interface ConsumingServices extends ReactionServices {
  readonly declaration: ContextDeclaration;
  readonly config: ServiceConfig;
  readonly database: Database;
  readonly store: EventStore;
  readonly logger: Logger;
}

type State = Pick<Consumption, 'status' | 'problem'>;

export class Consuming {
  readonly readModels: ReadModels;
  private readonly running = new Map<string, { consumption: Consumption; sources: readonly ContextName[] }>();
  /** Everything that follows events has begun to. */
  started = false;
  /** Told of every batch that was handled. */
  onHandled: (handled: Handled) => void = () => {};
  private own: readonly EventHandler[] = [];
  private logs: readonly Log[] = [];
  private tail: LogTailSource | undefined;
  private kafka: KafkaSide | undefined;
  private endRedriver: () => Promise<void> = () => Promise.resolve();

  constructor(private readonly services: ConsumingServices) {
    const { declaration, database, logger } = services;
    this.readModels = new ReadModels({
      dataSource: database.platform,
      owner: database.owner,
      pool: database.consumerPool,
      projections: declaration.readModels,
      sourceOf: (context) => this.sourceOf(context),
      headOf: (context) => this.headOf(context),
      onTrouble: (error) => logger.warn({ err: error }, 'a read model is in trouble'),
    });
  }

  /**
   * @param handlers consumers of the context's own, beside its read models and reactions
   * @param others the logs of other contexts that are in this process: they are followed directly, not through Kafka
   */
  async start(handlers: readonly EventHandler[], others: readonly Log[]): Promise<void> {
    const { declaration, config, database, store, logger, clock } = this.services;
    this.logs = [store, ...others.filter((log) => log.context !== store.context)];
    const groups = knownEvents(declaration);
    const onHandled = (handled: Handled): void => this.onHandled(handled);
    this.tail = new LogTailSource({
      pool: database.consumerPool,
      stores: this.logs,
      groups,
      onTrouble: (consumer, error) => logger.warn({ consumer, err: error }, 'a consumer is in trouble'),
      onHandled,
    });
    if (config.broker === 'kafka') this.kafka = await openKafka({ config, database, store, groups, logger, clock, onHandled });
    await this.readModels.start();
    this.own = [...(declaration.reactions ?? []).map((reaction) => reactionHandler(reaction, this.services)), ...handlers];
    await Promise.all(this.own.map((handler) => this.run(handler)));
    this.endRedriver = startRedriver({ pool: database.consumerPool, handlers: () => this.handlers(), groups, logger });
    this.started = true;
  }

  /** By consumer, for health checks. */
  get consumptions(): ReadonlyMap<string, readonly State[]> {
    const states = new Map<string, readonly State[]>(this.readModels.consumptions);
    for (const [name, { consumption }] of this.running) states.set(name, [consumption]);
    if (this.kafka !== undefined) states.set('relay', [this.kafka.relay]);
    return states;
  }

  /** What they cannot go on without, beside the database. */
  get needs(): readonly Check[] {
    return this.kafka === undefined ? [] : [this.kafka.check];
  }

  /** Every handler that has checkpoints here. */
  async handlers(): Promise<readonly EventHandler[]> {
    const { declaration, database } = this.services;
    const registry = new Registry(database.platform, database.owner);
    const generations = await registry.generations();
    const models = declaration.readModels.flatMap((model) =>
      generations.filter(({ name, version, state }) => name === model.name && version === model.version && (state === 'live' || state === 'building'))
        .map((generation) => new ProjectionHandler(model, generation, registry.tablesOf(model, generation))));
    return [...models, ...this.own];
  }

  /** Events known to wait, by consumer. */
  lags(): ReadonlyMap<string, number> {
    const lags = new Map<string, number>();
    for (const [name, consumption] of this.everything()) lags.set(name, (lags.get(name) ?? 0) + consumption.lag());
    return lags;
  }

  /** How far every consumer is; for those of logs that are in reach, with the log's head. */
  async report(): Promise<Pick<LagReport, 'consumers' | 'relay'>> {
    const saved = await this.saved();
    const heads = new Map(await Promise.all(this.logs.map(async (log) => [log.context, await this.headOf(log.context)] as const)));
    const consumers = this.places().map((place) => {
      const head = heads.get(place.source);
      const there = saved.get(`${place.consumer.replace(/ \(kafka\)$/, '')} ${place.source}`);
      // Another replica may do the work, or that of some partitions: the database knows of all. This process may be further than it has saved.
      const position = there === undefined ? place.position : Math.max(there.position, there.partitions > 1 ? 0 : place.position);
      return { ...place, position, ...(head === undefined ? {} : { head }) };
    });
    return { consumers, ...(this.kafka === undefined ? {} : { relay: { position: this.kafka.relay.position } }) };
  }

  private async saved(): Promise<ReadonlyMap<string, { readonly position: number; readonly partitions: number }>> {
    const { rows } = await this.services.database.consumerPool.query<{ place: string; position: number; partitions: number }>(
      `SELECT consumer || ' ' || source AS place, min(position)::float8 AS position, count(*)::int AS partitions FROM checkpoints GROUP BY 1`,
    );
    return new Map(rows.map(({ place, ...row }) => [place, row]));
  }

  /** A consumer that follows some logs here and others through Kafka is in two parts: of each source only one knows. */
  private places(): Omit<LagReport['consumers'][number], 'head'>[] {
    const models = this.services.declaration.readModels;
    const places = [...this.everything()].flatMap(([consumer, consumption]) => {
      const sources = this.running.get(consumer)?.sources ?? models.find(({ name }) => consumer.startsWith(`${name}_v`))?.sources ?? [];
      return sources.map((source) => ({ consumer, source, position: consumption.position(source), behind: consumption.lag(), status: consumption.status }));
    });
    const furthest = new Map<string, (typeof places)[number]>();
    for (const place of places) {
      const key = `${place.consumer} ${place.source}`;
      if (place.position >= (furthest.get(key)?.position ?? 0)) furthest.set(key, place);
    }
    return [...furthest.values()];
  }

  private headOf(context: ContextName): Promise<number> | undefined {
    return this.logs.find((log): log is EventStore => log.context === context && 'head' in log)?.head();
  }

  /** Absent where nothing is published. */
  get relay(): KafkaSide['relay'] | undefined {
    return this.kafka?.relay;
  }

  async close(): Promise<void> {
    await this.endRedriver();
    await this.readModels.close();
    await Promise.all([...this.running.values()].map(({ consumption }) => consumption.close()));
    await this.kafka?.close();
    await this.tail?.close();
  }

  private *everything(): Generator<[string, Consumption]> {
    for (const [name, consumptions] of this.readModels.consumptions) for (const consumption of consumptions) yield [name, consumption];
    for (const [name, { consumption }] of this.running) yield [name, consumption];
  }

  /** A consumer of several contexts may need both: what is here, and what comes from the broker. */
  private async run(handler: EventHandler): Promise<void> {
    for (const [source, sources] of Map.groupBy(handler.sources, (context) => this.sourceOf(context))) {
      const consumption = await source.consume({ name: handler.name, sources, ...(handler.wants && { wants: handler.wants }), handle: (batch, tx) => asPlatform(() => handler.handle(batch, tx)) });
      this.running.set(this.running.has(handler.name) ? `${handler.name} (kafka)` : handler.name, { consumption, sources });
    }
  }

  private sourceOf(context: ContextName): EventSource {
    if (this.tail !== undefined && this.logs.some((log) => log.context === context)) return this.tail;
    if (this.kafka !== undefined) return this.kafka.source;
    throw new Error(`events of ${context} are wanted, but its log is not in this process and BROKER is log`);
  }
}
