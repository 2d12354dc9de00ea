/** Group commit: concurrent appends become few calls of `append_events`, and each caller gets its own answer. */
import { derivedId, type Fact } from '@pioche/kernel';
import type pg from 'pg';
import { ANY_EXISTING_VERSION, ANY_VERSION } from './schema.js';
import { ConflictError, StoreBusyError, type Appended, type AppendRequest, type Expected } from './types.js';

/** Appends that one call of the database takes at most. */
const GROUP = 512;
/** Appends that may wait; more are refused, so that memory is bounded. */
const QUEUE = 20_000;

const answerTo = (call: string): string => `SELECT request, stream, found, version, "position"::float8 AS "position", repeated FROM ${call}`;
const PLAIN = { name: 'append_events', text: answerTo('append_events($1)') };
/** `json` takes what no text can hold, a NUL or half a surrogate pair; `jsonb` refuses it. Only a text that may have such is taken apart for it. */
const CHECKED = { name: 'append_checked_events', text: answerTo('append_events($1::jsonb::json)') };
const ODD = /\\u(?:0000|d)/;

interface Waiting {
  readonly request: AppendRequest;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

interface Row {
  request: number;
  stream: string;
  found: number;
  version: number | null;
  position: number | null;
  repeated: boolean;
}

const CODE: Readonly<Record<string, number>> = { none: 0, any: ANY_VERSION, exists: ANY_EXISTING_VERSION };
const codeOf = (expected: Expected): number => (typeof expected === 'number' ? expected : (CODE[expected] ?? ANY_VERSION));

/** The id of a command's nth event, over all its streams. */
export const eventIdOf = (commandId: string, index: number) => derivedId('evt', commandId, String(index));

const idsOf = ({ commandId, writes }: AppendRequest): string[] =>
  Array.from({ length: writes.reduce((n, { events }) => n + events.length, 0) }, (_, index) => eventIdOf(commandId, index));

/** Of a connection, a statement, or the answer to it. */
const isTimeout = (error: unknown): boolean => error instanceof Error && /timeout/i.test(error.message);

export class AppendLane {
  private waiting: Waiting[] = [];
  private draining = false;

  /**
   * @param writtenOf a fact's schema version and data as they go into the log
   * @param onCommit called with the last position of each group commit
   */
  constructor(
    private readonly pool: pg.Pool,
    private readonly writtenOf: (fact: Fact) => { readonly version: number; readonly data: unknown },
    private readonly onCommit: (position: number) => void,
  ) {}

  /** @throws ConflictError, StoreBusyError, or the database's error */
  append(request: AppendRequest): Promise<Appended> {
    if (this.waiting.length >= QUEUE) return Promise.reject(new StoreBusyError(this.waiting.length));
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, resolve, reject });
      if (!this.draining) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.draining = true;
    // One turn of the event loop, so that callers of the same moment share a commit.
    await Promise.resolve();
    while (this.waiting.length > 0) await this.commit(this.takeGroup());
    this.draining = false;
  }

  /** The longest-waiting appends, at most one per stream; a second one for a stream keeps its turn. */
  private takeGroup(): Waiting[] {
    const streams = new Set<string>();
    const group: Waiting[] = [];
    const later: Waiting[] = [];
    let looked = 0;
    for (const one of this.waiting) {
      if (group.length === GROUP) break;
      const free = one.request.writes.every(({ stream }) => !streams.has(stream));
      for (const { stream } of one.request.writes) streams.add(stream);
      (free ? group : later).push(one);
      looked += 1;
    }
    this.waiting = later.concat(this.waiting.slice(looked));
    return group;
  }

  private async commit(group: readonly Waiting[]): Promise<void> {
    try {
      const batch = this.encode(group);
      const { rows } = await this.pool.query<Row>({ ...(ODD.test(batch) ? CHECKED : PLAIN), values: [batch] });
      this.answer(group, rows);
    } catch (error) {
      // One bad request must not fail its neighbours; a lost connection fails each of them in turn. A database that does
      // not answer in time would keep each of them, and all who wait, as long again.
      if (isTimeout(error)) for (const one of [...group, ...this.waiting.splice(0)]) one.reject(error);
      else if (group.length === 1) group[0]?.reject(error);
      else for (const one of group) await this.commit([one]);
    }
  }

  private encode(group: readonly Waiting[]): string {
    const given: object[] = [];
    for (const [r, { request: { commandId, writes, meta: { time: t, ...meta } } }] of group.entries()) {
      let index = 0;
      for (const { stream: s, expected, events, tenant = meta.tenant } of writes) {
        let n = 0;
        for (const fact of events) {
          const { version: v, data: d } = this.writtenOf(fact);
          const event = { r, s, n: (n += 1), i: eventIdOf(commandId, index), k: fact.type, v, d };
          given.push(n > 1 ? event : { ...event, x: codeOf(expected), m: { ...meta, tenant, commandId }, t });
          index += 1;
        }
      }
    }
    return JSON.stringify(given);
  }

  private answer(group: readonly Waiting[], rows: readonly Row[]): void {
    const byRequest = group.map((): Row[] => []);
    let last = 0;
    for (const row of rows) {
      byRequest[row.request]?.push(row);
      if (row.position !== null && row.position > last) last = row.position;
    }
    if (last > 0) this.onCommit(last);
    for (const [index, one] of group.entries()) {
      const mine = byRequest[index] ?? [];
      if (mine.some((row) => row.repeated)) void this.stored(one.request).then(one.resolve, one.reject);
      else if (mine.some((row) => row.version === null)) one.reject(this.conflictOf(one.request, mine));
      else one.resolve({ position: Math.max(...mine.map((row) => row.position ?? 0)), versions: new Map(mine.map((row) => [row.stream, row.version ?? 0])), repeated: false });
    }
  }

  private conflictOf(request: AppendRequest, rows: readonly Row[]): ConflictError {
    const found = new Map(rows.map((row) => [row.stream, row.found]));
    const bad = request.writes.find(({ stream, expected }) => {
      const [code, version] = [codeOf(expected), found.get(stream) ?? 0];
      return code === ANY_EXISTING_VERSION ? version === 0 : code !== ANY_VERSION && code !== version;
    });
    return new ConflictError(bad?.stream ?? '', bad?.expected ?? 'any', found.get(bad?.stream ?? '') ?? 0);
  }

  /** What a repeated request wrote the first time. */
  private async stored(request: AppendRequest): Promise<Appended> {
    const { rows } = await this.pool.query<{ stream_id: string; version: number; position: number }>(
      'SELECT stream_id, max(version) AS version, max(position)::float8 AS position FROM events WHERE event_id = ANY($1) GROUP BY stream_id',
      [idsOf(request)],
    );
    return { position: Math.max(...rows.map((row) => row.position)), versions: new Map(rows.map((row) => [row.stream_id, row.version])), repeated: true };
  }
}
