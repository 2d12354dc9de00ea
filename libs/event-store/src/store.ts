import type { ContextName, EventGroup, Recorded } from '@pioche/contracts';
import type { Fact, Instant } from '@pioche/kernel';
import type pg from 'pg';
import { AppendLane, eventIdOf } from './lane.js';
import { COLUMNS, LoggedEvent, recordedOf, requestHashOf, type Row } from './logged-event.js';
import type { Appended, AppendRequest } from './types.js';
import { RecentLog } from './recent-log.js';
import { Upcasters } from './upcasters.js';
import { Wake } from './wake.js';

export type StoredByCommand = Recorded & { readonly requestHash?: string | undefined };

/** The log of one context, on PostgreSQL. */
export class EventStore {
  readonly context: ContextName;
  private readonly pool: pg.Pool;
  private readonly upcasters: Upcasters;
  private readonly lane: AppendLane;
  private readonly wake: Wake;
  private readonly recent = new RecentLog((after, limit) => this.readStored(after, limit));

  /** @param options.groups every event that this context writes @param options.pollMs milliseconds between two looks that nobody has called for; a second when absent */
  constructor(options: { pool: pg.Pool; context: ContextName; groups: readonly EventGroup[]; pollMs?: number | undefined }) {
    this.context = options.context;
    this.pool = options.pool;
    this.upcasters = new Upcasters(options.groups);
    this.wake = new Wake(options.pool.options, options.pollMs);
    this.lane = new AppendLane(options.pool, (fact) => this.upcasters.written(fact.type, fact.data), () => this.wake.ring());
  }

  /**
   * Appends to one stream or to several, all or nothing; a repeated command id writes nothing.
   * @throws ConflictError, StoreBusyError
   */
  append(request: AppendRequest): Promise<Appended> {
    return this.lane.append(request);
  }

  /**
   * Facts as they will be read again: while an older version of an event is written, what that one cannot say is left
   * out. Whoever decides facts and goes on with the state that follows from them goes on from these.
   */
  readAgain<F extends Fact>(facts: readonly F[]): readonly F[] {
    return this.upcasters.readAgain(facts);
  }

  /** Events of a stream in order. @param range.after versions above it; `asOf`: only what had happened by then */
  async read(stream: string, range: { after?: number; asOf?: Instant | undefined } = {}): Promise<Recorded[]> {
    const rows = await this.query(
      `SELECT ${COLUMNS} FROM events WHERE stream_id = $1 AND version > $2 AND time <= $3 ORDER BY version`,
      [stream, range.after ?? 0, range.asOf ?? 'infinity'],
      'read_stream',
    );
    return rows.map((row) => this.recordedOf(row));
  }

  /** Events of several streams, in one question; each in order. @param after stream → versions above it */
  async readStreams(after: ReadonlyMap<string, number>): Promise<Map<string, Recorded[]>> {
    const rows = await this.query(
      `SELECT ${COLUMNS} FROM unnest($1::text[], $2::integer[]) AS asked(stream, after) JOIN events ON stream_id = stream AND version > after ORDER BY stream_id, version`,
      [[...after.keys()], [...after.values()]],
    );
    return Map.groupBy(rows.map((row) => this.recordedOf(row)), ({ subject }) => subject);
  }

  /** Events of the whole log above a position, in the order in which they were committed: none is ever skipped. */
  async readAll(range: { after: number; limit: number }): Promise<Recorded[]> {
    return (await this.readRaw(range)).map((event) => this.upcasters.current(event.recorded));
  }

  /** The same as they were written, for those who pass them on. At the end of the log all who follow it share what is read. */
  readRaw({ after, limit }: { after: number; limit: number }): Promise<LoggedEvent[]> {
    return this.recent.read(after, limit);
  }

  private async readStored(after: number, limit: number): Promise<LoggedEvent[]> {
    // Ordered by the table's column: by that of the answer, which is a cast, the index would be of no use.
    const rows = await this.query(`SELECT ${COLUMNS} FROM events WHERE position > $1 ORDER BY events.position LIMIT $2`, [after, limit], 'read_log');
    return rows.map((row) => new LoggedEvent(this.context, row));
  }

  /** Position of the last event; 0 in an empty log. */
  async head(): Promise<number> {
    const { rows } = await this.pool.query<{ head: number }>('SELECT coalesce(max(position), 0)::float8 AS head FROM events');
    return rows[0]?.head ?? 0;
  }

  /** How many events the log has. */
  async count(): Promise<number> {
    const { rows } = await this.pool.query<{ count: number }>('SELECT count(*)::float8 AS count FROM events');
    return rows[0]?.count ?? 0;
  }

  /** What a command wrote to the first of its streams; nothing when it has not written. */
  async readCommand(commandId: string): Promise<StoredByCommand[]> {
    const rows = await this.query(
      `SELECT ${COLUMNS} FROM events JOIN (SELECT stream_id AS stream, version AS first FROM events WHERE event_id = $1) c
       ON stream_id = stream AND version >= first WHERE meta ->> 'commandId' = $2 ORDER BY version`,
      [eventIdOf(commandId, 0), commandId],
    );
    return rows.map((row) => ({ ...this.recordedOf(row), requestHash: requestHashOf(row) }));
  }

  /** Calls back when something was appended, by anyone; may call once too often. @returns a function that ends it */
  onAppended(listener: () => void): () => void {
    return this.wake.listen(listener);
  }

  close(): Promise<void> {
    return this.wake.close();
  }

  /** @param name makes it a prepared statement */
  private async query(text: string, values: unknown[], name?: string): Promise<Row[]> {
    const { rows } = await this.pool.query<Row>({ text, values, rowMode: 'array', ...(name !== undefined && { name }) });
    return rows;
  }

  private recordedOf(row: Row): Recorded {
    return this.upcasters.current(recordedOf(this.context, row));
  }
}
