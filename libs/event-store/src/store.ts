import { cloudEventText, type ContextName, type EventGroup, type Recorded } from '@pioche/contracts';
import { instant, type Instant } from '@pioche/kernel';
import type pg from 'pg';
import { AppendLane, eventIdOf } from './lane.js';
import type { Appended, AppendRequest, EventMeta } from './types.js';
import { Upcasters } from './upcasters.js';
import { Wake } from './wake.js';

/** An event as text, for those who pass it on unread. */
export interface RawEvent {
  readonly position: number;
  readonly stream: string;
  /** The CloudEvent, structured mode. */
  readonly json: string;
}

export type StoredByCommand = Recorded & { readonly requestHash?: string | undefined };

type StoredMeta = Omit<EventMeta, 'time'>;
/** position, stream, version, event id, type, schema version, time and recorded time in ms, meta, data. */
type Row<D> = [number, string, number, string, string, number, number, number, StoredMeta, D];

const COLUMNS = `position::float8, stream_id, version, event_id, type, schema_version,
  (extract(epoch FROM time) * 1000)::float8, (extract(epoch FROM recorded_at) * 1000)::float8, meta`;

/** The log of one context, on PostgreSQL. */
export class EventStore {
  readonly context: ContextName;
  private readonly pool: pg.Pool;
  private readonly upcasters: Upcasters;
  private readonly lane: AppendLane;
  private readonly wake: Wake;

  /** @param options.groups every event that this context writes */
  constructor(options: { pool: pg.Pool; context: ContextName; groups: readonly EventGroup[] }) {
    this.context = options.context;
    this.pool = options.pool;
    this.upcasters = new Upcasters(options.groups);
    this.wake = new Wake(options.pool.options);
    this.lane = new AppendLane(options.pool, (type) => this.upcasters.currentVersion(type), () => this.wake.ring());
  }

  /**
   * Appends to one stream or to several, all or nothing; a repeated command id writes nothing.
   * @throws ConflictError, StoreBusyError
   */
  append(request: AppendRequest): Promise<Appended> {
    return this.lane.append(request);
  }

  /** Events of a stream in order. @param range.after versions above it; `asOf`: only what had happened by then */
  async read(stream: string, range: { after?: number; asOf?: Instant | undefined } = {}): Promise<Recorded[]> {
    const rows = await this.query<unknown>(
      `SELECT ${COLUMNS}, data FROM events WHERE stream_id = $1 AND version > $2 AND time <= $3 ORDER BY version`,
      [stream, range.after ?? 0, range.asOf ?? 'infinity'],
      'read_stream',
    );
    return rows.map((row) => this.recordedOf(row));
  }

  /** Events of the whole log above a position, in the order in which they were committed: none is ever skipped. */
  async readAll({ after, limit }: { after: number; limit: number }): Promise<Recorded[]> {
    return (await this.readLog<unknown>('read_log', 'data', after, limit)).map((row) => this.recordedOf(row));
  }

  /** The same as text, for the relay. */
  async readRaw({ after, limit }: { after: number; limit: number }): Promise<RawEvent[]> {
    const rows = await this.readLog<string>('read_raw_log', 'data::text', after, limit);
    return rows.map(([position, stream, version, eventId, type, schemaVersion, time, recorded, meta, dataJson]) => ({
      position,
      stream,
      json: cloudEventText({ context: this.context, position, stream, version, eventId, type, schemaVersion, dataJson, time: instant(time), recordedTime: instant(recorded), meta }),
    }));
  }

  /** Position of the last event; 0 in an empty log. */
  async head(): Promise<number> {
    const { rows } = await this.pool.query<{ head: number }>('SELECT coalesce(max(position), 0)::float8 AS head FROM events');
    return rows[0]?.head ?? 0;
  }

  /** What a command wrote to the first of its streams; nothing when it has not written. */
  async readCommand(commandId: string): Promise<StoredByCommand[]> {
    const rows = await this.query<unknown>(
      `SELECT ${COLUMNS}, data FROM events JOIN (SELECT stream_id AS stream, version AS first FROM events WHERE event_id = $1) c
       ON stream_id = stream AND version >= first WHERE meta ->> 'commandId' = $2 ORDER BY version`,
      [eventIdOf(commandId, 0), commandId],
    );
    return rows.map((row) => ({ ...this.recordedOf(row), requestHash: row[8].requestHash }));
  }

  /** Calls back when something was appended, by anyone; may call once too often. @returns a function that ends it */
  onAppended(listener: () => void): () => void {
    return this.wake.listen(listener);
  }

  close(): Promise<void> {
    return this.wake.close();
  }

  private readLog<D>(name: string, data: string, after: number, limit: number): Promise<Row<D>[]> {
    return this.query<D>(`SELECT ${COLUMNS}, ${data} FROM events WHERE position > $1 ORDER BY position LIMIT $2`, [after, limit], name);
  }

  /** @param name makes it a prepared statement */
  private async query<D>(text: string, values: unknown[], name?: string): Promise<Row<D>[]> {
    const { rows } = await this.pool.query<Row<D>>({ text, values, rowMode: 'array', ...(name !== undefined && { name }) });
    return rows;
  }

  private recordedOf([position, subject, version, id, type, schemaVersion, time, recorded, meta, data]: Row<unknown>): Recorded {
    return {
      id,
      type,
      context: this.context,
      subject,
      version,
      position,
      time: instant(time),
      recordedTime: instant(recorded),
      schemaVersion,
      correlationId: meta.correlationId,
      causationId: meta.causationId,
      actor: meta.actor,
      ...(meta.tenant !== undefined && { tenant: meta.tenant }),
      ...(meta.traceparent !== undefined && { traceparent: meta.traceparent }),
      data: this.upcasters.upcast(type, schemaVersion, data),
    };
  }
}
