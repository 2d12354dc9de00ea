/** How far everything that follows a log is, from the databases themselves: cheap enough to ask often. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import pg from 'pg';

/** Where one consumer, or a relay, was at a moment. */
export interface Place {
  /** `billing.usage_total`. */
  readonly follower: string;
  readonly source: ContextName;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly position: number;
}

export interface Look {
  readonly at: number;
  readonly heads: ReadonlyMap<ContextName, number>;
  readonly places: readonly Place[];
}

/** Heads first, so that nobody seems to be beyond. */
const HEAD = 'SELECT coalesce(max(position), 0)::float8 AS position FROM events';
const PLACES = `SELECT consumer, source, min(position)::float8 AS position FROM checkpoints GROUP BY consumer, source
  UNION ALL SELECT 'relay', context, position::float8 FROM relay_checkpoints`;

export class Followers {
  private readonly pools: ReadonlyMap<ContextName, pg.Pool>;

  constructor(databaseUrl: Readonly<Record<ContextName, string>>) {
    this.pools = new Map(CONTEXTS.map((context) => [context, new pg.Pool({ connectionString: databaseUrl[context], max: 2, application_name: 'bench' })]));
  }

  async look(): Promise<Look> {
    const at = Date.now();
    const heads = new Map(await this.each(async (pool, context) => [context, (await pool.query<{ position: number }>({ name: 'head', text: HEAD })).rows[0]?.position ?? 0] as const));
    const places = await this.each(async (pool, context) => {
      const { rows } = await pool.query<{ consumer: string; source: ContextName; position: number }>({ name: 'places', text: PLACES });
      return rows.map(({ consumer, source, position }): Place => ({ follower: `${context}.${consumer.replace(/_v\d+$/, '')}`, source, at, position }));
    });
    return { at, heads, places: places.flat() };
  }

  query<R extends pg.QueryResultRow>(context: ContextName, text: string, values: unknown[]): Promise<R[]> {
    return this.pools.get(context)?.query<R>(text, values).then(({ rows }) => rows) ?? Promise.resolve([]);
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.end()));
  }

  private each<T>(ask: (pool: pg.Pool, context: ContextName) => Promise<T>): Promise<T[]> {
    return Promise.all([...this.pools].map(([context, pool]) => ask(pool, context)));
  }
}

/**
 * How far behind each follower is, in seconds of what its log grew by between two looks.
 * @param earlier some seconds before
 */
export function secondsBehind(look: Look, earlier: Look): Map<string, number> {
  const elapsed = (look.at - earlier.at) / 1000;
  return new Map(
    look.places.flatMap(({ follower, source, position }) => {
      const head = look.heads.get(source) ?? 0;
      const rate = (head - (earlier.heads.get(source) ?? 0)) / elapsed;
      // A log that hardly grows says nothing of whoever follows it.
      return rate < 1 ? [] : [[`${follower} of ${source}`, Math.max(0, head - position) / rate] as const];
    }),
  );
}
