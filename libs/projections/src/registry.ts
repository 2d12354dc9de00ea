/** Which generations there are, and how one takes over from another: `projections` is the truth for every replica. */
import { setTimeout as sleep } from 'node:timers/promises';
import { escapeIdentifier as quote } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { consumerOf, generationName, type Generation, type GenerationState } from './generation.js';
import { MOVED_CHANNEL } from './projection-handler.js';
import type { Projection } from './projection.js';
import { grants, projectionsRights, READ_MODEL, VIEW, type Rights, type SchemaOwner } from './rights.js';
import { ReadModelTable } from './table.js';
import { pointView, positionsBehind } from './switch.js';

const TABLE = `CREATE TABLE IF NOT EXISTS projections (
  name text NOT NULL,
  version integer NOT NULL,
  generation integer NOT NULL,
  state text NOT NULL CHECK (state IN ('building', 'live', 'retired', 'dropped')),
  consumer text NOT NULL UNIQUE,
  shape jsonb NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (name, version, generation)
)`;
const ONE_LIVE = `CREATE UNIQUE INDEX IF NOT EXISTS projections_one_live ON projections (name) WHERE state = 'live'`;
/** Positions behind the live one at which it is worth letting that one wait. */
const NEAR = 10_000;
/** Changes of generations, one at a time in a database. */
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('projections', 0))`;

/** The entity's columns are not those of its table, and the version is the same. */
export class ShapeChangedError extends Error {
  override readonly name = 'ShapeChangedError';
}

export class Registry {
  /** @param owner who makes, drops and switches tables, where that is another role than the one that fills them */
  constructor(
    private readonly dataSource: DataSource,
    private readonly owner: SchemaOwner<DataSource> = { dataSource },
  ) {}

  tablesOf(projection: Projection, generation: Generation): ReadModelTable[] {
    return projection.entities.map((entity) => {
      const metadata = this.dataSource.getMetadata(entity);
      return new ReadModelTable(metadata, generationName(metadata.tableName, generation), projection.shared);
    });
  }

  async generations(): Promise<Generation[]> {
    return this.dataSource.query('SELECT name, version, generation, state FROM projections');
  }

  /**
   * Makes sure that the code's version is there: live at once when the read model is new, else beside the live one, going
   * on from where it was left when it has been there before. So is that of code older than the live version, while that
   * is retired and not dropped: it keeps up, for the case that the newer code goes away again. Of a version that there is
   * nothing of, older code builds nothing as long as anybody runs the newer.
   * @throws ShapeChangedError
   */
  async prepare(projection: Projection): Promise<void> {
    await this.change(async (runner) => {
      const known = await generationsOf(runner, projection.name);
      const live = known.find(({ state }) => state === 'live');
      if (!live) await this.create(runner, projection, known, 'live');
      else if (live.version === projection.version) this.checkShape(projection, live);
      else await this.standBy(runner, projection, known, live);
      // Again at each start: the roles may be others than they were.
      for (const one of known) if (isRunBy(projection, one)) await this.give(runner, this.rightsOf(projection, one));
    });
  }

  /** Builds of older versions, whose code nobody runs any more, are retired: until they are dropped they can be taken up again. */
  async retireLeft(projection: Projection): Promise<void> {
    await this.change(async (runner) => {
      for (const one of await generationsOf(runner, projection.name, 'FOR UPDATE')) {
        if (isLeft(projection, one) && (await isRunByNobody(runner, one))) await setState(runner, one, 'retired');
      }
    });
  }

  /** A new generation of the code's version, from the first event; when one is being built already, that one goes on. */
  async rebuild(projection: Projection): Promise<void> {
    await this.change(async (runner) => {
      const known = await generationsOf(runner, projection.name);
      if (!known.some((one) => isBuildOf(projection, one))) await this.create(runner, projection, known, 'building');
    });
  }

  /**
   * Lets a generation that has caught up take over. The live one stands still meanwhile, so what queries see never
   * goes back, and writers cannot keep the other from ever catching up. An older version takes over from a newer one
   * only when nobody runs the code of that: it would be taken back at once.
   * @returns false when it is too far behind still, the newer code is there, or somebody else did it
   */
  async takeOver(projection: Projection, next: Generation): Promise<boolean> {
    const behind = (sql: Pick<QueryRunner, 'query'>) => positionsBehind(sql, next.name, consumerOf(next), projection.sources);
    const newer = (await this.generations()).find(({ name, version, state }) => name === next.name && state === 'live' && version > next.version);
    if (newer && !(await isRunByNobody(this.dataSource.manager, newer))) return false;
    if ((await behind(this.dataSource.manager)) > NEAR) return false;
    return this.change(async (runner) => {
      // Until the end nobody begins to run the newer code, either.
      if (newer && !(await isRunByNobody(runner, newer))) return false;
      await runner.query(`SELECT FROM projections WHERE name = $1 AND state = 'live' FOR UPDATE`, [next.name]);
      for (let tries = 40; (await behind(runner)) > 0; tries--) {
        if (tries === 0) return false;
        await sleep(25);
      }
      const known = await generationsOf(runner, next.name, 'FOR UPDATE');
      if (known.some(({ version, state }) => state === 'live' && version > (newer?.version ?? next.version))) return false;
      if (known.find((one) => consumerOf(one) === consumerOf(next))?.state !== 'building') return false;
      for (const one of known) if (one.state === 'live') await setState(runner, one, 'retired');
      await setState(runner, next, 'live');
      for (const table of this.tablesOf(projection, next)) await this.show(runner, table);
      return true;
    });
  }

  /**
   * Drops the tables of generations that have been retired for longer. Those of newer versions are not this code's to drop.
   * @param graceMs milliseconds for those of the same version @param keepMs for those of older ones
   */
  async dropRetired(projection: Projection, graceMs: number, keepMs: number): Promise<void> {
    const due = `name = $1 AND state = 'retired' AND version <= $2 AND changed_at < now() - (CASE version WHEN $2 THEN $3::float8 ELSE $4::float8 END) * interval '1 millisecond'`;
    const values = [projection.name, projection.version, graceMs, keepMs];
    const [row] = await this.dataSource.query<unknown[]>(`SELECT FROM projections WHERE ${due}`, values);
    if (!row) return;
    await this.change(async (runner) => {
      const old: Generation[] = await runner.query(`SELECT name, version, generation, state FROM projections WHERE ${due}`, values);
      for (const generation of old) {
        for (const { name } of this.tablesOf(projection, generation)) await runner.query(`DROP TABLE IF EXISTS "${name}"`);
        await runner.query('DELETE FROM checkpoints WHERE consumer = $1', [consumerOf(generation)]);
        await runner.query('DELETE FROM dead_letters WHERE consumer = $1', [consumerOf(generation)]);
        await setState(runner, generation, 'dropped');
      }
    });
  }

  async createTable(): Promise<void> {
    await this.change(async (runner) => {
      await runner.query(TABLE);
      await runner.query(ONE_LIVE);
      await this.give(runner, projectionsRights);
    });
  }

  private async standBy(runner: QueryRunner, projection: Projection, known: readonly Known[], live: Known): Promise<void> {
    if (known.some((one) => isBuildOf(projection, one))) return;
    const before = known.findLast(({ version, state }) => version === projection.version && state === 'retired');
    if (before) {
      this.checkShape(projection, before);
      await setState(runner, before, 'building');
    } else if (live.version < projection.version || (await isRunByNobody(runner, live))) await this.create(runner, projection, known, 'building');
  }

  private async create(runner: QueryRunner, projection: Projection, known: readonly Generation[], state: GenerationState): Promise<void> {
    const { name, version } = projection;
    const last = Math.max(0, ...known.filter((one) => one.version === version).map((one) => one.generation));
    const generation: Generation = { name, version, generation: last + 1, state };
    for (const table of this.tablesOf(projection, generation)) {
      await table.create(runner);
      if (state === 'live') await this.show(runner, table);
    }
    await this.give(runner, this.rightsOf(projection, generation));
    await runner.query(
      'INSERT INTO projections (name, version, generation, state, consumer, shape) VALUES ($1, $2, $3, $4, $5, $6)',
      [name, version, generation.generation, state, consumerOf(generation), this.shapeOf(projection)],
    );
  }

  /** A view that was made anew has lost its grants. */
  private async show(runner: QueryRunner, table: ReadModelTable): Promise<void> {
    await pointView(runner, table);
    await this.give(runner, { [quote(table.viewName)]: VIEW });
  }

  private rightsOf(projection: Projection, generation: Generation): Rights {
    return Object.fromEntries(this.tablesOf(projection, generation).flatMap(({ name, viewName }) => [
      [quote(name), READ_MODEL] as const,
      ...(generation.state === 'live' ? [[quote(viewName), VIEW] as const] : []),
    ]));
  }

  private async give(runner: QueryRunner, rights: Rights): Promise<void> {
    const { roles } = this.owner;
    for (const statement of roles === undefined ? [] : grants(rights, roles)) await runner.query(statement);
  }

  private shapeOf(projection: Projection): string {
    return JSON.stringify(projection.entities.map((entity) => this.dataSource.getMetadata(entity).columns.map((column) => `${column.databaseName} ${String(column.type)}`)));
  }

  private checkShape(projection: Projection, live: Generation & { shape?: unknown }): void {
    if (JSON.stringify(live.shape) === this.shapeOf(projection)) return;
    throw new ShapeChangedError(`the columns of ${projection.name} have changed: count its version up from ${projection.version}, so that it is built anew`);
  }

  /** One transaction under the lock. It waits two seconds at most for a table or view, for queries wait behind it. */
  private async change<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.owner.dataSource.createQueryRunner();
    try {
      await runner.startTransaction('READ COMMITTED');
      await runner.query(LOCK);
      await runner.query(`SET LOCAL lock_timeout = '2s'`);
      const result = await work(runner);
      await runner.query(`SELECT pg_notify($1, '')`, [MOVED_CHANNEL]);
      await runner.commitTransaction();
      return result;
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction();
      throw error;
    } finally {
      await runner.release();
    }
  }
}

type Known = Generation & { readonly shape: unknown };

const isBuildOf = (projection: Projection, one: Generation): boolean => one.state === 'building' && one.version === projection.version;
const isRunBy = (projection: Projection, one: Generation): boolean => isBuildOf(projection, one) || (one.state === 'live' && one.version === projection.version);

/** A build that the code of this projection has overtaken. */
export const isLeft = (projection: Projection, one: Generation): boolean => one.state === 'building' && one.version < projection.version;

/** The lock that every process shares whose code has this version of a read model. */
export const presenceOf = ({ name, version }: Pick<Generation, 'name' | 'version'>): string => `read model ${name} v${version}`;

/** In a transaction: and nobody begins to until its end. */
async function isRunByNobody(sql: Pick<EntityManager, 'query'>, generation: Generation): Promise<boolean> {
  const [row]: { alone: boolean }[] = await sql.query('SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS alone', [presenceOf(generation)]);
  return row?.alone === true;
}

const generationsOf = (runner: QueryRunner, name: string, lock = ''): Promise<Known[]> =>
  runner.query(`SELECT name, version, generation, state, shape FROM projections WHERE name = $1 ORDER BY version, generation ${lock}`, [name]);

const setState = (runner: QueryRunner, { name, version, generation }: Generation, state: GenerationState): Promise<unknown> =>
  runner.query('UPDATE projections SET state = $4, changed_at = now() WHERE name = $1 AND version = $2 AND generation = $3', [name, version, generation, state]);
