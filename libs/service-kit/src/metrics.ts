/** What a service counts, for Prometheus. */
import type { Handled } from '@pioche/event-bus';
import type { Appended, AppendRequest } from '@pioche/event-store';
import type { FastifyInstance } from 'fastify';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricDeclaration, Reading } from './metrics/declaration.js';
import { COUNTED } from './metrics/declarations.js';
import { soon } from './metrics/soon.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Code of the problem that was answered. */
    problem?: string;
  }
}

export type Readings = Iterable<Reading>;

/** OpenTelemetry's: others are `_OTHER`, so that nobody outside can make series. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);
const BATCH = { messaging_system: 'pioche', messaging_operation_name: 'process' };

export class Metrics {
  /** Event type → how many this process has appended. */
  readonly eventsAppended = new Map<string, number>();
  private readonly registry = new Registry();
  private readonly delay = monitorEventLoopDelay({ resolution: 20 });
  private readonly requests = this.histogram(COUNTED.requests);
  private readonly appends = this.counter(COUNTED.appends);
  private readonly appendSeconds = this.histogram(COUNTED.appendSeconds);
  private readonly handlingDelay = this.histogram(COUNTED.delay);
  private readonly batches = this.histogram(COUNTED.batches);
  private readonly consumed = this.counter(COUNTED.consumed);

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
    this.delay.enable();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  /** Seconds, 99th percentile since the process started. */
  eventLoopLag(): number {
    return this.delay.percentile(99) / 1e9;
  }

  /** @param appended absent: it was refused @param ms that it took */
  appended(ms: number, { writes }: Pick<AppendRequest, 'writes'>, appended?: Pick<Appended, 'repeated'>): void {
    this.appends.inc({ outcome: appended === undefined ? 'refused' : appended.repeated ? 'repeated' : 'written' });
    this.appendSeconds.observe(ms / 1000);
    if (appended === undefined || appended.repeated) return;
    for (const { events } of writes) for (const { type } of events) this.eventsAppended.set(type, (this.eventsAppended.get(type) ?? 0) + 1);
  }

  handled({ consumer, source, events, oldest, ms }: Handled): void {
    const labels = { ...BATCH, messaging_consumer_group_name: consumer, messaging_destination_name: source };
    this.batches.observe(labels, ms / 1000);
    this.consumed.inc(labels, events);
    // Clocks of two machines: a little earlier than now is now.
    this.handlingDelay.observe({ consumer }, Math.max(0, Date.now() - Date.parse(oldest)) / 1000);
  }

  observeRequests(http: FastifyInstance): void {
    http.addHook('onResponse', (request, reply, done) => {
      const { statusCode } = reply;
      this.requests.observe({
        http_request_method: METHODS.has(request.method) ? request.method : '_OTHER',
        http_route: request.routeOptions.config.path ?? 'none',
        http_response_status_code: statusCode,
        ...(statusCode < 500 ? {} : { error_type: request.problem ?? String(statusCode) }),
      }, reply.elapsedTime / 1000);
      done();
    });
  }

  /** A metric that is looked up when somebody reads. What cannot be read in time is left out, so that no old value looks like a new one. */
  lookUp(declared: MetricDeclaration, read: () => Readings | Promise<Readings>): void {
    const options = { ...this.options(declared), collect: async () => {
      const readings = (await soon(read())) ?? [];
      metric.reset();
      // Without labels a reset one is 0.
      metric.remove({});
      for (const { labels = {}, value } of readings) metric.inc(labels, value);
    } };
    const metric: Counter | Gauge = declared.type === 'counter' ? new Counter(options) : new Gauge(options);
  }

  stop(): void {
    this.delay.disable();
    this.registry.clear();
  }

  private options({ name, help, labels = {} }: MetricDeclaration) {
    return { name, help, labelNames: Object.keys(labels), registers: [this.registry] };
  }

  private histogram(declared: MetricDeclaration & { readonly buckets: readonly number[] }): Histogram {
    return new Histogram({ ...this.options(declared), buckets: [...declared.buckets] });
  }

  private counter(declared: MetricDeclaration): Counter {
    return new Counter(this.options(declared));
  }
}
