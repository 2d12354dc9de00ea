/** What a service counts, for Prometheus. */
import type { FastifyInstance } from 'fastify';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Values that are looked up when somebody reads the metrics. */
export interface Gauges {
  /** Last position of the log. */
  readonly head: () => Promise<number>;
  /** Events that wait, by consumer. */
  readonly lags: () => Iterable<readonly [consumer: string, events: number]>;
  /** Position up to which the log has been published; absent without a relay. */
  readonly published: () => number | undefined;
  /** Places that requests have taken. */
  readonly inFlight: () => number;
}

/** The other figures are wanted most when the database does not answer. */
const PATIENCE_MS = 1_000;
const soon = <T>(asked: Promise<T>): Promise<T | undefined> =>
  Promise.race([asked.catch(() => undefined), new Promise<undefined>((resolve) => void setTimeout(() => resolve(undefined), PATIENCE_MS).unref())]);

export class Metrics {
  private readonly registry = new Registry();
  private readonly delay = monitorEventLoopDelay({ resolution: 20 });
  private readonly durations: Histogram<'method' | 'route' | 'status'>;
  private readonly appends: Counter<'outcome'>;

  constructor(service: string) {
    const registers = [this.registry];
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
    this.delay.enable();
    this.durations = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time to answer a request.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
    this.appends = new Counter({ name: 'pioche_appends_total', help: 'Appends to the event store, by how they ended.', labelNames: ['outcome'], registers });
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

  appended(outcome: 'written' | 'repeated' | 'refused'): void {
    this.appends.inc({ outcome });
  }

  observeRequests(http: FastifyInstance): void {
    http.addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'none';
      this.durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
      done();
    });
  }

  observe({ head, lags, published, inFlight }: Gauges): void {
    const registers = [this.registry];
    const gauge = <L extends string>(name: string, help: string, labelNames: L[], collect: (gauge: Gauge<L>) => void | Promise<void>) =>
      new Gauge<L>({ name, help, labelNames, registers, collect() { return collect(this); } });
    gauge('pioche_log_position', 'Position of the last event of the log.', [], async (metric) => {
      const position = await soon(head());
      if (position !== undefined) metric.set(position);
    });
    gauge('pioche_consumer_lag_events', 'Events known to wait for a consumer.', ['consumer'], (metric) => {
      for (const [consumer, events] of lags()) metric.set({ consumer }, events);
    });
    gauge('pioche_requests_in_flight', 'Places that requests have taken, of MAX_IN_FLIGHT.', [], (metric) => metric.set(inFlight()));
    gauge('pioche_relay_position', 'Position up to which the log has been published.', [], (metric) => {
      const position = published();
      if (position !== undefined) metric.set(position);
    });
  }

  stop(): void {
    this.delay.disable();
    this.registry.clear();
  }
}
