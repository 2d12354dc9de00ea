import type { ContextName } from '@pioche/contracts';
import type { Consumption } from '@pioche/event-bus';
import { Listening } from '@pioche/event-store';
import { readBuilds, type Builds } from './builds.js';
import { Keeper, type KeeperOptions } from './keeper.js';
import { parsePosition, type LogPosition } from './position.js';
import { MOVED_CHANNEL } from './projection-handler.js';
import { projectionNamed } from './projection.js';
import { WaitingRoom, type Positions } from './waiting.js';

export interface ReadModelsOptions extends KeeperOptions {
  /** The last position of a context's log, where it is known; absent for the others. */
  readonly headOf?: (context: ContextName) => Promise<number> | undefined;
}

/** How far a read model is in one context's log. */
export interface Lag {
  readonly readModel: string;
  readonly source: ContextName;
  readonly position: number;
  readonly head?: number;
  /** Milliseconds since it was last seen to have everything, or since the start; 0 when it has. */
  readonly ageMs: number;
}

/** Of several partitions the lowest: everything up to there is in. */
const POSITIONS = `SELECT p.name, c.source, min(c.position)::float8 AS position, count(*)::int AS partitions
  FROM projections p JOIN checkpoints c ON c.consumer = p.consumer WHERE p.state = 'live' GROUP BY 1, 2`;

/** Whoever waits for a position, or asks how old an answer is, is not to wait for a database that does not answer, in milliseconds. */
const ASKED_POSITIONS = { text: POSITIONS, query_timeout: 5_000 };

/** The read models of a context, running. */
export class ReadModels {
  private readonly keeper: Keeper;
  private readonly room = new WaitingRoom(() => this.positions());
  private readonly bell: Listening;

  constructor(private readonly options: ReadModelsOptions) {
    this.keeper = new Keeper(options, () => this.room.look());
    this.bell = new Listening(options.pool.options, MOVED_CHANNEL, () => this.room.look());
  }

  /**
   * Makes what is missing and starts to project. A new read model can be queried at once and fills up; a new version
   * is built beside the old one, which is queried until then.
   * @throws ShapeChangedError when an entity's columns changed and its version did not
   */
  async start(): Promise<void> {
    await this.bell.start();
    await this.keeper.start();
  }

  /**
   * Builds a read model anew from the first event, beside the live one; one that is being built goes on. Returns when
   * that has begun.
   * @throws Error when there is none of that name
   */
  async rebuild(name: string): Promise<void> {
    await this.keeper.rebuild(projectionNamed(this.options.projections, name));
  }

  /** Which generation of each read model answers, and what is being built beside it. */
  builds(): Promise<Builds[]> {
    return readBuilds(this.options.pool, this.options.projections.map(({ name }) => name));
  }

  /**
   * Waits until read models have what was written up to a position.
   * @param token of `Pioche-Position`: `inventory:1234`, several with commas between
   * @param limitMs milliseconds to wait at most
   * @param name a read model; absent: all of this context. One that does not listen to a source does not wait for it.
   * @throws StillBehind, MalformedPositionError
   */
  async waitFor(token: string, limitMs: number, name?: string): Promise<void> {
    const { projections } = this.options;
    const asked = name === undefined ? projections : [projectionNamed(projections, name)];
    const wait = async (position: LogPosition) => {
      const models = asked.filter(({ sources }) => sources.includes(position.source)).map((projection) => projection.name);
      if (models.length > 0) await this.room.wait(models, position, limitMs);
    };
    await Promise.all(parsePosition(token).map(wait));
  }

  /** Read models that are still built for this code: until then queries find an older version's table, without its columns. */
  async notReady(): Promise<string[]> {
    const { projections, pool } = this.options;
    const { rows } = await pool.query<{ name: string; version: number }>(`SELECT name, version FROM projections WHERE state = 'live'`);
    const live = new Map(rows.map(({ name, version }) => [name, version]));
    return projections.filter(({ name, version }) => (live.get(name) ?? 0) < version).map(({ name, version }) => `${name} v${version}`);
  }

  /** How far each read model is, by source. */
  async lag(): Promise<Lag[]> {
    const positions = await this.positions();
    const lags = this.options.projections.flatMap(({ name, sources }) =>
      sources.map(async (source): Promise<Lag> => {
        const position = positions.get(name)?.get(source) ?? 0;
        const head = await this.options.headOf?.(source);
        const live = this.keeper.liveOf(name);
        const behind = head === undefined ? live?.caughtUp === false : position < head;
        return { readModel: name, source, position, ...(head !== undefined && { head }), ageMs: behind ? Date.now() - (live?.caughtUpAt ?? 0) : 0 };
      }),
    );
    return Promise.all(lags);
  }

  /** What runs here, for health checks: by consumer. */
  get consumptions(): ReadonlyMap<string, readonly Consumption[]> {
    return this.keeper.consumptions;
  }

  async close(): Promise<void> {
    await this.keeper.close();
    await this.bell.close();
  }

  /** Of the database, for what other replicas do; of this process where it is further: what passed it is saved a little later. */
  private async positions(): Promise<Positions> {
    const { rows } = await this.options.pool.query<{ name: string; source: ContextName; position: number; partitions: number }>(ASKED_POSITIONS);
    const byName = Map.groupBy(rows, ({ name }) => name);
    return new Map(
      [...byName].map(([name, own]) => {
        const here = this.keeper.liveOf(name)?.consumptions ?? [];
        // Of several partitions this process may have some, and others the rest.
        const place = ({ source, position, partitions }: (typeof own)[number]) => (partitions > 1 ? position : Math.max(position, ...here.map((consumption) => consumption.position(source))));
        return [name, new Map(own.map((row) => [row.source, place(row)]))];
      }),
    );
  }
}
