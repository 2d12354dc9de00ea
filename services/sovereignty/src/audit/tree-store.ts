/** The audit tree in PostgreSQL: appended to in the caller's transaction, read by anyone. */
import type { ContextName } from '@pioche/contracts';
import type { Instant } from '@pioche/kernel';
import type { Provider } from '@nestjs/common';
import { ViewerPool } from '@pioche/service-kit';
import pg from 'pg';
import { append, rootOf, type Frontier } from './frontier.js';
import { consistencySpans, HASH_BYTES, inclusionSpans, leafHashes, nodesOf, spanRoot, type Span } from './merkle.js';
import { foldTile, placeOf, slicesOf } from './tiles.js';

/** Which event a leaf is. */
export interface AuditEntry {
  readonly context: ContextName;
  readonly position: number;
  readonly eventId: string;
  /** The event's short name. */
  readonly type: string;
  readonly subject: string;
  readonly tenant?: string | undefined;
  /** When it happened. */
  readonly at: Instant;
}

/** An event, and the text that is hashed. */
export interface NewLeaf extends AuditEntry {
  readonly leaf: string;
}

export interface AuditLeaf extends AuditEntry {
  readonly index: number;
}

export interface LeafFilter {
  readonly tenant?: string | undefined;
  readonly context?: ContextName | undefined;
  readonly position?: number | undefined;
}

type Queryable = Pick<pg.Pool | pg.PoolClient, 'query'>;

/** The lock on its one row makes appends one after the other, so indexes have no holes. */
const LOCK = 'SELECT size::float8 AS size, roots FROM audit_tree FOR UPDATE';
const KNOWN = { name: 'audit-known', text: 'SELECT event_id FROM audit_leaves WHERE event_id = ANY($1::text[])' };
const APPEND = {
  name: 'audit-append',
  text: `
    WITH leaves AS (
      INSERT INTO audit_leaves (index, context, position, event_id, type, subject, tenant, at)
      SELECT $1::bigint + e.n - 1, e.context, e.position, e.event_id, e.type, e.subject, e.tenant, e.at
      FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
        WITH ORDINALITY AS e(context, position, event_id, type, subject, tenant, at, n)
    ), tiles AS (
      INSERT INTO audit_tiles (level, index, hashes)
      SELECT * FROM unnest($9::smallint[], $10::bigint[], $11::bytea[])
      ON CONFLICT (level, index) DO UPDATE SET hashes = audit_tiles.hashes || excluded.hashes
    )
    UPDATE audit_tree SET size = $12, roots = $13`,
};
const HASHES = `
  SELECT substring(t.hashes FROM q.first * ${HASH_BYTES} + 1 FOR q.count * ${HASH_BYTES}) AS hashes
  FROM unnest($1::smallint[], $2::bigint[], $3::integer[], $4::integer[]) WITH ORDINALITY AS q(level, index, first, count, n)
  LEFT JOIN audit_tiles t USING (level, index) ORDER BY q.n`;
const LEAF = `
  SELECT index::float8 AS index, context, position::float8 AS position, event_id AS "eventId", type, subject, tenant, at
  FROM audit_leaves`;

const chunks = (bytes: Buffer): Buffer[] =>
  Array.from({ length: bytes.length / HASH_BYTES }, (_, i) => bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));

/**
 * Appends those that are not there yet, in order, within the caller's transaction: two statements to learn, one to write.
 * @returns the tree's size after it
 */
export async function appendLeaves(tx: Queryable, leaves: readonly NewLeaf[]): Promise<number> {
  const frontier = await lockFrontier(tx);
  const { rows } = await tx.query<{ event_id: string }>(KNOWN, [leaves.map(({ eventId }) => eventId)]);
  const known = new Set(rows.map((row) => row.event_id));
  const fresh = leaves.filter(({ eventId }) => !known.has(eventId) && known.add(eventId));
  if (fresh.length === 0) return frontier.size;

  const grown = append(frontier, leafHashes(fresh.map(({ leaf }) => leaf)));
  const slices = slicesOf(grown.nodes);
  await tx.query(APPEND, [
    frontier.size,
    ...(['context', 'position', 'eventId', 'type', 'subject', 'tenant', 'at'] as const).map((column) => fresh.map((leaf) => leaf[column] ?? null)),
    slices.map(({ level }) => level),
    slices.map(({ index }) => index),
    slices.map(({ hashes }) => hashes),
    grown.frontier.size,
    Buffer.concat(grown.frontier.roots),
  ]);
  return grown.frontier.size;
}

async function lockFrontier(tx: Queryable): Promise<Frontier> {
  const { rows } = await tx.query<{ size: number; roots: Buffer }>(LOCK);
  const [row] = rows;
  if (!row) throw new Error('audit_tree has no row: run the migrations');
  return { size: row.size, roots: chunks(row.roots) };
}

/** Reads. A proof of any size that the tree has had is one statement over O(log n) nodes. */
export class AuditTree {
  /** @param viewers for lists of leaves: who asks sees its own. The tree itself shows hashes, and is everybody's */
  constructor(
    private readonly db: Queryable,
    private readonly viewers: Queryable = db,
  ) {}

  /** Size and root now. */
  async head(): Promise<{ size: number; root: Buffer }> {
    const { rows } = await this.db.query<{ size: number; roots: Buffer }>('SELECT size::float8 AS size, roots FROM audit_tree');
    const { size = 0, roots = Buffer.alloc(0) } = rows[0] ?? {};
    return { size, root: rootOf({ size, roots: chunks(roots) }) };
  }

  /** The root when the tree had this many leaves. @throws RangeError when it never had */
  async root(size: number): Promise<Buffer> {
    const [root] = await this.spanRoots([{ begin: 0, end: size }]);
    return root ?? spanRoot([]);
  }

  /** Audit path of a leaf, its sibling first (RFC 9162 §2.1.3.1). @throws RangeError when there is no such leaf or size */
  async inclusionPath(index: number, size: number): Promise<Buffer[]> {
    return this.spanRoots(inclusionSpans(index, size));
  }

  /** Proof that the tree of `second` leaves begins with that of `first` (RFC 9162 §2.1.4.1). @throws RangeError */
  async consistencyPath(first: number, second: number): Promise<Buffer[]> {
    return this.spanRoots(consistencySpans(first, second));
  }

  /** @throws RangeError when there is no such leaf */
  async leafHash(index: number): Promise<Buffer> {
    const [hash] = await this.spanRoots([{ begin: index, end: index + 1 }]);
    return hash ?? spanRoot([]);
  }

  /** The leaf that this event is, once it is in the tree; whoever's: that one without a tenant is there, anyone may prove. */
  async leafOf(eventId: string): Promise<AuditLeaf | undefined> {
    return (await leavesIn(this.db, 'WHERE event_id = $1', [eventId]))[0];
  }

  /** Leaves from an index on, in order. @param which only those of a tenant, of a context, of one position in it */
  async leavesFrom(index: number, limit: number, { tenant, context, position }: LeafFilter = {}): Promise<AuditLeaf[]> {
    return leavesIn(
      this.viewers,
      `WHERE index >= $1 AND ($3::text IS NULL OR tenant = $3) AND ($4::text IS NULL OR context = $4) AND ($5::bigint IS NULL OR position = $5)
       ORDER BY index LIMIT $2`,
      [index, limit, tenant, context, position],
    );
  }

  /** Whether an event of another type is among the leaves from an index on. */
  async hasOtherThan(type: string, index: number): Promise<boolean> {
    const { rows } = await this.db.query<{ found: boolean }>('SELECT EXISTS (SELECT FROM audit_leaves WHERE index >= $1 AND type <> $2) AS found', [index, type]);
    return rows[0]?.found === true;
  }

  /** How many leaves each context has; of one tenant, or of all. */
  async counts(tenant?: string): Promise<ReadonlyMap<ContextName, number>> {
    const { rows } = await this.viewers.query<{ context: ContextName; leaves: number }>(
      'SELECT context, count(*)::float8 AS leaves FROM audit_leaves WHERE $1::text IS NULL OR tenant = $1 GROUP BY context',
      [tenant],
    );
    return new Map(rows.map(({ context, leaves }) => [context, leaves]));
  }

  /** Hashes of leaves, one after the other: those of `count` tiles from tile `first` on, as far as there are any. */
  async leafTiles(first: number, count: number): Promise<Buffer> {
    const { rows } = await this.db.query<{ hashes: Buffer }>(
      'SELECT hashes FROM audit_tiles WHERE level = 0 AND index >= $1 AND index < $1 + $2::bigint ORDER BY index',
      [first, count],
    );
    return Buffer.concat(rows.map(({ hashes }) => hashes));
  }

  /** A tile as tlog-tiles serves it: up to 256 hashes, one after the other; nothing where there is none yet. */
  async tile(level: number, index: number): Promise<Buffer | undefined> {
    const { rows } = await this.db.query<{ hashes: Buffer }>('SELECT hashes FROM audit_tiles WHERE level = $1 AND index = $2', [level, index]);
    return rows[0]?.hashes;
  }

  private async spanRoots(spans: readonly Span[]): Promise<Buffer[]> {
    const groups = spans.map(nodesOf);
    const hashes = await this.hashesOf(groups.flat().map(placeOf));
    let at = 0;
    return groups.map((nodes) => spanRoot(hashes.slice(at, (at += nodes.length))));
  }

  private async hashesOf(places: readonly ReturnType<typeof placeOf>[]): Promise<Buffer[]> {
    if (places.length === 0) return [];
    const { rows } = await this.db.query<{ hashes: Buffer | null }>(HASHES, [
      places.map(({ level }) => level),
      places.map(({ index }) => index),
      places.map(({ from }) => from),
      places.map(({ count }) => count),
    ]);
    return places.map(({ count }, i) => {
      const hashes = rows[i]?.hashes;
      if (hashes?.length !== count * HASH_BYTES) throw new RangeError('the tree has not so many leaves');
      return foldTile(hashes);
    });
  }
}

async function leavesIn(db: Queryable, which: string, values: readonly unknown[]): Promise<AuditLeaf[]> {
  const { rows } = await db.query<Omit<AuditLeaf, 'at'> & { at: Date }>(`${LEAF} ${which}`, [...values]);
  return rows.map(({ tenant, at, ...row }) => ({ ...row, ...(tenant ? { tenant } : {}), at: at.toISOString() }));
}

export const auditTreeProvider: Provider = { provide: AuditTree, useFactory: (pool: pg.Pool, viewers: ViewerPool) => new AuditTree(pool, viewers), inject: [pg.Pool, ViewerPool] };
