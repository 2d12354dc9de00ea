/** The metrics that every service has, beside those of Node itself and the figures of its context. */
import type { FigureDeclaration, MetricDeclaration } from './declaration.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const CONSUMER = 'one per read model (and generation while it is rebuilt), reaction and handler of the service: some twenty';
const SOURCE = 'the five contexts';
const POOL = 'requests, consumers, queries';
const BATCH = { messaging_system: 'always pioche: Kafka or a log, the consumer does not care', messaging_operation_name: 'always process', messaging_consumer_group_name: CONSUMER, messaging_destination_name: SOURCE };

/** What is counted where it happens. */
export const COUNTED = {
  requests: {
    name: 'http_server_request_duration_seconds',
    type: 'histogram',
    help: 'Time from a request to its answer.',
    labels: {
      http_request_method: 'the methods of HTTP; _OTHER',
      http_route: 'the routes of the service, at most a hundred; none where there is none',
      http_response_status_code: 'those that routes answer with, about fifteen',
      error_type: 'only of 5xx: the problem’s code (busy, not-ready, internal, not-caught-up)',
    },
    buckets: SECONDS,
  },
  appends: { name: 'pioche_appends_total', type: 'counter', help: 'Appends to the event store, by how they ended.', labels: { outcome: 'written, repeated, refused' } },
  appendSeconds: { name: 'pioche_append_duration_seconds', type: 'histogram', help: 'Time of an append until it is on disk, or refused.', buckets: SECONDS },
  delay: {
    name: 'pioche_event_handling_delay_seconds',
    type: 'histogram',
    help: 'From the writing of an event to the commit of what a consumer made of it, by the wall clock: one observation per batch, of its oldest event. Catching up and rebuilding count too.',
    labels: { consumer: CONSUMER },
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  },
  batches: { name: 'messaging_process_duration_seconds', type: 'histogram', help: 'Time of a consumer’s batch: one transaction.', labels: BATCH, buckets: SECONDS },
  consumed: { name: 'messaging_client_consumed_messages_total', type: 'counter', help: 'Events that consumers were given.', labels: BATCH },
} as const satisfies Readonly<Record<string, MetricDeclaration>>;

/** What is looked up in the process when somebody reads. */
export const LOOKED_UP = {
  events: { name: 'pioche_events_appended_total', type: 'counter', help: 'Events appended by this process.', labels: { type: 'the events of the context, at most forty' } },
  sent: { name: 'messaging_client_sent_messages_total', type: 'counter', help: 'Events that this process has published.', labels: { messaging_system: 'always kafka', messaging_operation_name: 'always publish', messaging_destination_name: 'the context itself' } },
  lag: { name: 'pioche_consumer_lag_events', type: 'gauge', help: 'Events known to wait for a consumer.', labels: { consumer: CONSUMER } },
  running: { name: 'pioche_consumer_running', type: 'gauge', help: '1 while a consumer, or the relay, is at work or waits for its turn; 0 while it starts, has stalled or failed.', labels: { consumer: `${CONSUMER}; relay` } },
  ready: { name: 'pioche_ready', type: 'gauge', help: '1 where a check of /readyz is well, 0 where it is not.', labels: { check: 'draining, database, consumers, read models' } },
  published: { name: 'pioche_relay_position', type: 'gauge', help: 'Position up to which the log has been published, as far as this process knows.' },
  leader: { name: 'pioche_leader', type: 'gauge', help: '1 where this process does what only one replica does.', labels: { task: 'relay, timers' } },
  timerRuns: { name: 'pioche_timer_runs_total', type: 'counter', help: 'Runs of timers in this process.', labels: { timer: 'the timers of the context, two at most', outcome: 'done, failed' } },
  timerLast: { name: 'pioche_timer_last_success_timestamp_seconds', type: 'gauge', help: 'When a timer last did its work here, by the wall clock.', labels: { timer: 'the timers of the context, two at most' } },
  inFlight: { name: 'pioche_requests_in_flight', type: 'gauge', help: 'Places that requests have taken, of MAX_IN_FLIGHT.' },
  places: { name: 'pioche_requests_in_flight_max', type: 'gauge', help: 'MAX_IN_FLIGHT: places in all.' },
  connections: { name: 'db_client_connection_count', type: 'gauge', help: 'Connections to the database.', labels: { db_client_connection_pool_name: POOL, db_client_connection_state: 'idle, used' } },
  connectionsMax: { name: 'db_client_connection_max', type: 'gauge', help: 'Connections that a pool may have.', labels: { db_client_connection_pool_name: POOL } },
  connectionsWanted: { name: 'db_client_connection_pending_requests', type: 'gauge', help: 'Who waits for a connection.', labels: { db_client_connection_pool_name: POOL } },
  builds: { name: 'pioche_read_model_built_ratio', type: 'gauge', help: '1 where a read model answers and nothing is built beside it; else how far the one that is being built is, of the way of the live one.', labels: { read_model: 'the read models of the context, at most ten' } },
  unreadable: { name: 'pioche_figures_unreadable', type: 'gauge', help: 'Figures that the database did not answer when they were last asked for.' },
} as const satisfies Readonly<Record<string, MetricDeclaration>>;

/** What every context's database tells. */
export const FIGURES: readonly FigureDeclaration[] = [
  { name: 'pioche_log_position', help: 'Position of the last event of the log.', query: 'SELECT coalesce(max(position), 0) AS value FROM events' },
  {
    name: 'pioche_dead_letters',
    help: 'Events that a consumer could not handle (dead), and those that wait behind them.',
    labels: { state: 'dead, waiting' },
    query: `SELECT state, count(letter.id) AS value FROM unnest(ARRAY['dead', 'waiting']) state LEFT JOIN dead_letters letter USING (state) GROUP BY state`,
  },
];

/** … where it is published. */
export const RELAY_FIGURES: readonly FigureDeclaration[] = [
  {
    name: 'pioche_relay_lag_events',
    help: 'Positions between the end of the log and what is published.',
    query: 'SELECT greatest(0, (SELECT coalesce(max(position), 0) FROM events) - position) AS value FROM relay_checkpoints',
  },
  {
    name: 'pioche_relay_lag_seconds',
    help: 'Age of the oldest event that is not published, by the database’s clock; 0 where there is none.',
    query: `SELECT coalesce((SELECT extract(epoch FROM clock_timestamp() - recorded_at) FROM events WHERE events.position > checkpoint.position ORDER BY events.position LIMIT 1), 0) AS value
      FROM relay_checkpoints checkpoint`,
  },
];
