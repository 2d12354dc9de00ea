/** Traces: one span per request and per append; the trace goes on in the event, and with it to whoever handles it. */
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { context, isSpanContextValid, propagation, SpanKind, trace, type Attributes, type Context, type Span } from '@opentelemetry/api';
import { failSpan } from '@pioche/event-bus';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NodeSDK, resources, tracing } from '@opentelemetry/sdk-node';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { Problem } from './problem.js';
import { VERSION } from './version.js';

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/; // W3C Trace Context §3.2

export interface TelemetryOptions {
  /** `service.name`; `OTEL_SERVICE_NAME` comes before it. */
  readonly name: string;
  /** URL that spans are sent to, as OTLP over HTTP. */
  readonly otlpEndpoint?: string | undefined;
  /** Gets the spans at once instead; for tests. */
  readonly exporter?: tracing.SpanExporter | undefined;
}

export interface Telemetry {
  /** Sends what is left, for two seconds at most: a collector that is away does not keep a service from ending. */
  stop(): Promise<void>;
}

const FLUSH_MS = 2_000;

/**
 * Starts tracing in this process when there is somewhere for the spans to go; otherwise nothing is recorded. The SDK's
 * own variables hold: OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES, OTEL_BSP_*, OTEL_EXPORTER_OTLP_HEADERS, OTEL_SDK_DISABLED …
 */
export function startTelemetry({ name, otlpEndpoint, exporter }: TelemetryOptions): Telemetry | undefined {
  if (process.env['OTEL_SDK_DISABLED'] === 'true') return undefined;
  if (otlpEndpoint === undefined && exporter === undefined) return undefined;
  const sdk = new NodeSDK({
    resource: resources.defaultResource().merge(resources.resourceFromAttributes({
      'service.name': name,
      'service.namespace': 'pioche',
      'service.version': VERSION,
      'service.instance.id': `${hostname()}:${process.pid}`,
    })),
    // Not the process's: its command line may hold secrets.
    resourceDetectors: [resources.envDetector],
    ...(exporter === undefined ? { traceExporter: new OTLPTraceExporter({ url: otlpEndpoint ?? '' }) } : { spanProcessors: [new tracing.SimpleSpanProcessor(exporter)] }),
    // Left out, both would be sent to the collector too: metrics are Prometheus', logs the standard output's.
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [],
  });
  sdk.start();
  return { stop: () => Promise.race([sdk.shutdown().catch(() => undefined), setTimeout(FLUSH_MS, undefined, { ref: false })]) };
}

const tracer = () => trace.getTracer('pioche');

declare module 'fastify' {
  interface FastifyRequest {
    span: Span | null;
  }
}

/** Asked every few seconds, and never anybody's request. */
const UNTRACED: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** A server span per request. The handler runs inside it, so that log lines and events carry its trace. */
export function traceRequests(http: FastifyInstance): void {
  http.decorateRequest('span', null);
  http.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.config.path;
    if (route !== undefined && UNTRACED.has(route)) return done();
    const parent = propagation.extract(context.active(), request.headers);
    const name = route === undefined ? request.method : `${request.method} ${route}`;
    const span = tracer().startSpan(name, { kind: SpanKind.SERVER, attributes: attributesOf(request, route) }, parent);
    request.span = span;
    context.with(trace.setSpan(parent, span), done);
  });
  http.addHook('onResponse', (request, reply, done) => {
    const { span } = request;
    span?.setAttribute('http.response.status_code', reply.statusCode);
    span?.end();
    done();
  });
}

/** OpenTelemetry's semantic conventions for HTTP servers. The query is left out: it may name people. */
function attributesOf(request: FastifyRequest, route: string | undefined): Attributes {
  const { method, protocol, hostname: server, port } = request;
  const agent = request.headers['user-agent'];
  return {
    'http.request.method': method,
    'url.scheme': protocol,
    'url.path': request.url.split('?', 1)[0] ?? '',
    'server.address': server,
    'network.protocol.version': request.raw.httpVersion,
    ...(route !== undefined && { 'http.route': route }),
    ...(port !== null && { 'server.port': port }),
    ...(agent !== undefined && { 'user_agent.original': agent }),
  };
}

/** Says on a request's span that it is answered with a failure of ours; a refusal is none. */
export function noteFailure({ span }: FastifyRequest, { status, code }: Problem, error: unknown): void {
  if (status < 500 || span === null || span === undefined) return;
  failSpan(span, error);
  span.setAttribute('error.type', code);
}

function traceparentOfSpan(span: Span): string | undefined {
  const spanContext = span.spanContext();
  if (!isSpanContextValid(spanContext)) return undefined;
  const { traceId, spanId, traceFlags } = spanContext;
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** What goes into the event: the request's span, or the caller's where nothing is recorded here. */
export function traceparentOf({ span, headers }: FastifyRequest): string | undefined {
  if (span !== null && span !== undefined) return traceparentOfSpan(span);
  const given = headers['traceparent'];
  return typeof given === 'string' && TRACEPARENT.test(given) ? given : undefined;
}

export const traceIdOf = (request: FastifyRequest): string | undefined => TRACEPARENT.exec(traceparentOf(request) ?? '')?.[1];

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Where the span belongs; under `traceparent` when absent. */
  readonly parent?: Context;
}

const under = (traceparent: string | undefined): Context =>
  traceparent === undefined ? context.active() : propagation.extract(context.active(), { traceparent });

/**
 * Runs `work` in a span that continues a trace.
 * @param work gets the traceparent to pass on: the span's, or the one given where nothing is traced
 */
export async function inSpan<T>(name: string, traceparent: string | undefined, work: (traceparent: string | undefined) => Promise<T>, { parent = under(traceparent), ...options }: SpanOptions = {}): Promise<T> {
  const span = tracer().startSpan(name, options, parent);
  const own = traceparentOfSpan(span);
  if (own === undefined) return work(traceparent);
  try {
    return await context.with(trace.setSpan(parent, span), () => work(own));
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}
