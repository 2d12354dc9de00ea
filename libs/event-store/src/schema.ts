/** The tables and the one function of an event store, as a TypeORM migration. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The channel that every group commit notifies. */
export const APPENDED_CHANNEL = 'events_appended';

/** Expected versions below zero are not versions: see `Expected`. */
export const ANY_VERSION = -2;
export const ANY_EXISTING_VERSION = -1;

/**
 * The lock that makes commit order position order: held from before the first position is drawn until commit,
 * so a reader that has seen position n will never find a smaller one later. Advisory locks are per database.
 */
export const ORDERING_KEY = 7021870218;
export const ORDERING_LOCK = `PERFORM pg_advisory_xact_lock(${ORDERING_KEY});`;

/** `json`, not `jsonb`: an event is written once and read as text ever after; taking it apart would cost a third of the append. */
const EVENTS = `
  CREATE TABLE events (
    position bigint GENERATED ALWAYS AS IDENTITY,
    stream_id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    schema_version smallint NOT NULL,
    data json NOT NULL,
    meta json NOT NULL,
    time timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (stream_id, version)
  );
  CREATE UNIQUE INDEX events_position ON events (position);
  CREATE UNIQUE INDEX events_event_id ON events (event_id);
`;

const SNAPSHOTS = `
  CREATE TABLE snapshots (
    stream_id text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL,
    state_version integer NOT NULL,
    state jsonb NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
`;

/**
 * Appends a batch of requests, each all or nothing, in one call.
 *
 * `batch` = [{ r: request, s: stream, n: 1…, i: event id, k: type, v: schema version, d: data }], where the first event of
 * a stream (n = 1) says x: expected, m: meta and t: time for all of that stream. One list, for each part that is taken
 * out of a JSON text by itself costs another reading of all of it.
 * A stream stands in one request of a batch at most. Answers a row per write: `found` is the stream's version before;
 * `version` and `position` of its last new event are null where the request was refused (a conflict in one of its
 * streams) and `repeated` where its events were there already. The plan is pinned to the indexes (a scalar look-up
 * each, never a hash of the whole table; what belongs together in the batch by a hash, never each with each): one that is
 * cached while the table is empty would stay a sequential scan, and how long the batch is the planner cannot know.
 * It runs with its owner's rights, and is the only way to write events: the log is append-only in the database too.
 */
const APPEND_EVENTS = `
  CREATE FUNCTION append_events(batch json)
  RETURNS TABLE (request integer, stream text, found integer, version integer, "position" bigint, repeated boolean)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_nestloop = off SET jit = off AS $function$
  #variable_conflict use_column
  BEGIN
    ${ORDERING_LOCK}
    RETURN QUERY
    WITH given AS MATERIALIZED (
      SELECT g.*
      FROM ROWS FROM (json_to_recordset(batch) AS (r integer, s text, n integer, i text, k text, v smallint, d json, x integer, m json, t timestamptz))
        WITH ORDINALITY AS g(r, s, n, i, k, v, d, x, m, t, place)
    ), asked AS MATERIALIZED (
      SELECT g.r, g.s, g.x, g.m, g.t,
        coalesce((SELECT e.version FROM events e WHERE e.stream_id = g.s ORDER BY e.version DESC LIMIT 1), 0) AS last,
        (SELECT e.version FROM events e WHERE e.event_id = g.i LIMIT 1) IS NOT NULL AS repeated
      FROM given g WHERE g.x IS NOT NULL
    ), accepted AS MATERIALIZED (
      SELECT a.r FROM asked a GROUP BY a.r
      HAVING bool_and(NOT a.repeated AND (a.x = a.last OR a.x = ${ANY_VERSION} OR (a.x = ${ANY_EXISTING_VERSION} AND a.last > 0)))
    ), written AS (
      INSERT INTO events (stream_id, version, event_id, type, schema_version, data, meta, time)
      SELECT g.s, a.last + g.n, g.i, g.k, g.v, g.d, a.m, a.t
      FROM given g
      JOIN asked a ON a.s = g.s AND a.r = g.r
      WHERE g.r IN (SELECT r FROM accepted)
      ORDER BY g.place
      RETURNING stream_id, version, position
    )
    SELECT a.r, a.s, a.last, w.version, w.position, a.repeated
    FROM asked a
    LEFT JOIN (SELECT stream_id, max(version) AS version, max(position) AS position FROM written GROUP BY stream_id) w
      ON w.stream_id = a.s;
    PERFORM pg_notify('${APPENDED_CHANNEL}', '');
  END
  $function$;
  REVOKE ALL ON FUNCTION append_events(json) FROM PUBLIC;
`;

/** What the service does with these, as GRANT has it: nobody changes an event. */
export const eventStoreRights = {
  events: { service: ['SELECT'] },
  snapshots: { service: ['SELECT', 'INSERT', 'UPDATE'] },
  'FUNCTION append_events(json)': { service: ['EXECUTE'] },
} as const;

export class CreateEventStore1790000000001 implements MigrationInterface {
  readonly name = 'CreateEventStore1790000000001';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [EVENTS, SNAPSHOTS, APPEND_EVENTS]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION append_events(json); DROP TABLE snapshots; DROP TABLE events');
  }
}

export const eventStoreMigrations = [CreateEventStore1790000000001];
