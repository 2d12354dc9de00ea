// What the dashboards show, as data: rows of panels, each a title, a unit and its queries by legend.
// @ts-check

const PROBES = 'http_route!~"/(healthz|readyz|metrics)"';
/** @param {string} metric @param {string} by */
const p99 = (metric, by) => `histogram_quantile(0.99, sum by (${by}, le) (rate(${metric}_bucket[$__rate_interval])))`;
/** Every replica tells the same: once. @param {string} by @param {string} metric */
const once = (by, metric) => `max by (${by}) (${metric})`;
/** @param {string} by @param {string} metric */
const bySite = (by, metric) => `sum by (site, ${by}) (max by (site, ${by}) (${metric})) * on (site) group_left (name) max by (site, name) (pioche_site_info)`;
const RELAY = 'only where events are published to Kafka';

/** @type {import('./dashboards.d.mts').Dashboard[]} */
export const dashboards = [
  {
    uid: 'pioche-platform',
    title: 'Pioche / Platform',
    rows: [
      {
        title: 'Throughput',
        panels: [
          { title: 'Requests', unit: 'reqps', queries: { '{{service}}': 'service:http_server_requests:rate5m' } },
          { title: 'Events appended', unit: 'cps', queries: { '{{service}}': 'sum by (service) (rate(pioche_events_appended_total[$__rate_interval]))' } },
          { title: 'Events appended, by type', unit: 'cps', queries: { '{{type}}': 'topk(10, sum by (type) (rate(pioche_events_appended_total[$__rate_interval])))' } },
          { title: 'Events handled', unit: 'cps', queries: { '{{service}}': 'sum by (service) (rate(messaging_client_consumed_messages_total[$__rate_interval]))' } },
          { title: 'Events published', unit: 'cps', queries: { '{{service}}': 'sum by (service) (rate(messaging_client_sent_messages_total[$__rate_interval]))' }, mayBeEmpty: RELAY },
        ],
      },
      {
        title: 'p99 of each stage',
        panels: [
          { title: 'Answering a request', unit: 's', queries: { '{{service}}': 'service:http_server_request_duration_seconds:p99_rate5m' } },
          { title: 'Appending', unit: 's', queries: { '{{service}}': p99('pioche_append_duration_seconds', 'service') } },
          { title: 'From event to what a consumer made of it', unit: 's', queries: { '{{service}} {{consumer}}': p99('pioche_event_handling_delay_seconds', 'service, consumer') }, note: 'By the wall clock. Rebuilding a read model counts too.' },
          { title: 'A consumer’s transaction', unit: 's', queries: { '{{service}}': p99('messaging_process_duration_seconds', 'service') } },
        ],
      },
      {
        title: 'Lag',
        panels: [
          { title: 'Events that wait for consumers', queries: { '{{service}} {{consumer}}': 'sum by (service, consumer) (pioche_consumer_lag_events)' } },
          { title: 'Events that are not published', queries: { '{{service}}': once('service', 'pioche_relay_lag_events') }, mayBeEmpty: RELAY },
          { title: 'Age of the oldest event that is not published', unit: 's', queries: { '{{service}}': once('service', 'pioche_relay_lag_seconds') }, mayBeEmpty: RELAY },
          { title: 'Consumers that stand still', kind: 'stat', queries: { '': 'count(max by (service, consumer) (pioche_consumer_running) == 0) or vector(0)' } },
          { title: 'Dead letters', kind: 'stat', queries: { '{{state}}': 'sum by (state) (max by (service, state) (pioche_dead_letters))' } },
          { title: 'Read models that are being built', unit: 'percentunit', queries: { '{{service}} {{read_model}}': 'max by (service, read_model) (pioche_read_model_built_ratio) < 1' }, mayBeEmpty: 'only while a read model is rebuilt' },
        ],
      },
      {
        title: 'Errors',
        panels: [
          { title: 'Requests that failed', unit: 'percentunit', queries: { '{{service}}': 'service:http_server_errors:ratio_rate5m' } },
          { title: 'Answers, by status', unit: 'reqps', stacked: true, queries: { '{{http_response_status_code}}': `sum by (http_response_status_code) (rate(http_server_request_duration_seconds_count{${PROBES}}[$__rate_interval]))` } },
          { title: 'Failures, by problem', unit: 'reqps', queries: { '{{error_type}}': 'sum by (error_type) (rate(http_server_request_duration_seconds_count{error_type!=""}[$__rate_interval])) or vector(0)' } },
          { title: 'Appends that were refused', unit: 'cps', queries: { '{{service}}': 'sum by (service) (rate(pioche_appends_total{outcome="refused"}[$__rate_interval])) or vector(0)' } },
          { title: 'Timers that failed', unit: 'cps', queries: { '{{service}} {{timer}}': 'sum by (service, timer) (rate(pioche_timer_runs_total{outcome="failed"}[$__rate_interval]))' } },
        ],
      },
      {
        title: 'Processes',
        panels: [
          { title: 'Ready', kind: 'stat', queries: { '{{service}} {{check}}': 'min by (service, check) (pioche_ready)' } },
          { title: 'Who leads', kind: 'table', queries: { '{{service}} {{task}} {{instance}}': 'pioche_leader == 1' } },
          { title: 'Event loop, p99', unit: 's', queries: { '{{service}} {{instance}}': 'max by (service, instance) (nodejs_eventloop_lag_p99_seconds)' } },
          { title: 'Memory', unit: 'bytes', queries: { '{{service}} {{instance}}': 'max by (service, instance) (process_resident_memory_bytes)' } },
          { title: 'CPU', unit: 'percentunit', queries: { '{{service}} {{instance}}': 'sum by (service, instance) (rate(process_cpu_seconds_total[$__rate_interval]))' } },
          { title: 'Places of requests', unit: 'percentunit', queries: { '{{service}} {{instance}}': 'max by (service, instance) (pioche_requests_in_flight / pioche_requests_in_flight_max)' } },
          { title: 'Database connections in use', unit: 'percentunit', queries: { '{{service}} {{db_client_connection_pool_name}}': 'max by (service, db_client_connection_pool_name) (db_client_connection_count{db_client_connection_state="used"} / ignoring (db_client_connection_state) db_client_connection_max)' } },
          { title: 'Waiting for a database connection', queries: { '{{service}} {{db_client_connection_pool_name}}': 'max by (service, db_client_connection_pool_name) (db_client_connection_pending_requests)' } },
          { title: 'Figures that the database does not answer', queries: { '{{service}}': 'max by (service) (pioche_figures_unreadable)' } },
        ],
      },
    ],
  },
  {
    uid: 'pioche-fleet',
    title: 'Pioche / Fleet',
    rows: [
      {
        title: 'GPUs',
        panels: [
          { title: 'GPUs, by state', stacked: true, queries: { '{{name}} {{state}}': bySite('state', 'pioche_gpus') } },
          { title: 'Allocated', unit: 'percentunit', queries: { all: 'sum(max by (site, gpu_model) (pioche_allocated_gpus)) / sum(max by (site, gpu_model, status) (pioche_schedulable_gpus{status!="withdrawn"}))' } },
          { title: 'Allocated and schedulable', queries: { 'allocated {{gpu_model}}': 'sum by (gpu_model) (max by (site, gpu_model) (pioche_allocated_gpus))', '{{status}} {{gpu_model}}': 'sum by (gpu_model, status) (max by (site, gpu_model, status) (pioche_schedulable_gpus))' } },
        ],
      },
      {
        title: 'Jobs',
        panels: [
          { title: 'Jobs', stacked: true, queries: { '{{status}}': once('status', 'pioche_jobs') } },
          { title: 'Longest wait in the queue', unit: 's', queries: { '': 'max(pioche_oldest_queued_job_age_seconds)' } },
          { title: 'Jobs that ended', unit: 'cps', queries: { '{{type}}': 'sum by (type) (rate(pioche_events_appended_total{type=~"JobSucceeded|JobFailed|JobCancelled|JobFenced"}[$__rate_interval]))' } },
        ],
      },
      {
        title: 'Health',
        panels: [
          { title: 'Nodes, by state', stacked: true, queries: { '{{name}} {{state}}': bySite('state', 'pioche_nodes') } },
          { title: 'GPUs out of work', unit: 'percentunit', queries: { '': 'pioche:gpus_unhealthy:ratio' } },
          { title: 'Open alerts', queries: { '{{class}}': once('class', 'pioche_health_alerts_open') } },
          { title: 'Nodes over their agreed time', kind: 'stat', queries: { '': 'max(pioche_nodes_overdue)' } },
        ],
      },
    ],
  },
  {
    uid: 'pioche-money',
    title: 'Pioche / Money',
    rows: [
      {
        title: 'Burn',
        panels: [
          { title: 'Burn, per hour', unit: 'currencyEUR', queries: { '': 'pioche:burn_euros_per_hour' }, note: 'What the GPUs that are allocated now cost at their last price.' },
          { title: 'Metered', unit: 'currencyEUR', queries: { metered: 'max(pioche_metered_euros)', 'seen by the labs': 'max(pioche_lab_burn_euros)' } },
          { title: 'Labs’ budgets, and what is spent of them', unit: 'currencyEUR', queries: { '{{category}}: budget': once('category', 'pioche_lab_budget_euros'), '{{category}}: spent': once('category', 'pioche_lab_spent_euros') } },
          { title: 'Budgets used up', kind: 'stat', queries: { tenants: 'max(pioche_budgets_exceeded)', labs: 'max(pioche_lab_budgets_overspent)' } },
        ],
      },
      {
        title: 'Invoices',
        panels: [
          { title: 'Invoices', queries: { '{{status}}': once('status', 'pioche_invoices') } },
          { title: 'Owed', unit: 'currencyEUR', queries: { '': 'max(pioche_invoices_open_euros)' } },
          { title: 'Overdue', kind: 'stat', queries: { '': 'max(pioche_invoices_overdue)' } },
        ],
      },
      {
        title: 'Reconciliation',
        panels: [
          { title: 'Difference of the books', unit: 'currencyEUR', queries: { '{{books}}': once('books', 'pioche_reconciliation_difference_euros'), 'labs’ burn': 'abs(max(pioche_metered_euros) - max(pioche_lab_burn_euros))' }, note: 'A difference that lasts is one: read models may be some events apart.' },
          { title: 'Usage rated', unit: 'cps', queries: { '': 'sum(rate(pioche_events_appended_total{type="UsageRated"}[$__rate_interval]))' } },
        ],
      },
    ],
  },
  {
    uid: 'pioche-sovereignty',
    title: 'Pioche / Sovereignty',
    rows: [
      {
        title: 'Switches',
        panels: [
          { title: 'Tenants, by switch', queries: { '{{status}}': once('status', 'pioche_switches') } },
          { title: 'Switched off and not fenced yet', unit: 's', queries: { '': 'max(pioche_switch_off_unfenced_age_seconds)' } },
        ],
      },
      {
        title: 'Approvals',
        panels: [
          { title: 'Waiting for approval', queries: { '{{of}}': once('of', 'pioche_approvals_pending') } },
          { title: 'Policies', queries: { '{{status}}': once('status', 'pioche_policies') } },
        ],
      },
      {
        title: 'Audit log',
        panels: [
          { title: 'Head', queries: { leaves: 'max(pioche_audit_leaves)', signed: 'max(pioche_audit_signed_leaves)' } },
          { title: 'Not signed yet', queries: { leaves: 'max(pioche_audit_unsigned_leaves)' } },
          { title: 'Oldest leaf that is not signed', unit: 's', queries: { '': 'max(pioche_audit_unsigned_age_seconds)' } },
          { title: 'Events that the audit log waits for', queries: { '': 'sum(pioche_consumer_lag_events{service="sovereignty",consumer=~"audit.*"})' } },
        ],
      },
    ],
  },
];
