/** Traces: one span per request and per append; the trace goes on in the event, and with it to whoever handles it. */
import { context, propagation, SpanKind, SpanStatusCode, trace, type Context, type Span } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NodeSDK, resources, tracing } from '@opentelemetry/sdk-node';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/; // W3C Trace Context §3.2

export interface TelemetryOptions {
  readonly name: string;
  /** Base URL of an OTLP/HTTP collector: spans go to `<endpoint>/v1/traces`. */
  readonly otlpEndpoint?: string | undefined;
  /** Gets the spans at once instead; for tests. */
  readonly exporter?: tracing.SpanExporter | undefined;
}

export interface Telemetry {
  stop(): Promise<void>;
}

/** Starts tracing in this process when there is somewhere for the spans to go; otherwise nothing is recorded. */
export function startTelemetry({ name, otlpEndpoint, exporter }: TelemetryOptions): Telemetry | undefined {
  if (otlpEndpoint === undefined && exporter === undefined) return undefined;
  const sdk = new NodeSDK({
    resource: resources.resourceFromAttributes({ 'service.name': name }),
    spanProcessors: [
      exporter === undefined
        ? new tracing.BatchSpanProcessor(new OTLPTraceExporter({ url: `${otlpEndpoint}/v1/traces` }))
        : new tracing.SimpleSpanProcessor(exporter),
    ],
    instrumentations: [],
    autoDetectResources: false,
  });
  sdk.start();
  return { stop: () => sdk.shutdown() };
}

const tracer = () => trace.getTracer('pioche');

declare module 'fastify' {
  interface FastifyRequest {
    span: Span | null;
  }
}

/** A server span per request. The handler runs inside it, so that log lines and events carry its trace. */
export function traceRequests(http: FastifyInstance): void {
  http.decorateRequest('span', null);
  http.addHook('onRequest', (request, _reply, done) => {
    const parent = propagation.extract(context.active(), request.headers);
    const route = request.routeOptions.url ?? 'unknown';
    const span = tracer().startSpan(
      `${request.method} ${route}`,
      { kind: SpanKind.SERVER, attributes: { 'http.request.method': request.method, 'http.route': route } },
      parent,
    );
    request.span = span;
    context.with(trace.setSpan(parent, span), done);
  });
  http.addHook('onResponse', (request, reply, done) => {
    request.span?.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) request.span?.setStatus({ code: SpanStatusCode.ERROR });
    request.span?.end();
    done();
  });
}

const traceparentOfSpan = (span: Span): string | undefined => {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const text = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  return TRACEPARENT.test(text) ? text : undefined;
};

/** What goes into the event: the request's span, or the caller's where nothing is recorded here. */
export function traceparentOf({ span, headers }: FastifyRequest): string | undefined {
  if (span !== null && span !== undefined) return traceparentOfSpan(span);
  const given = headers['traceparent'];
  return typeof given === 'string' && TRACEPARENT.test(given) ? given : undefined;
}

export const traceIdOf = (request: FastifyRequest): string | undefined => TRACEPARENT.exec(traceparentOf(request) ?? '')?.[1];

/** The context that an event carries. */
const contextOf = (traceparent: string | undefined): Context =>
  traceparent === undefined ? context.active() : propagation.extract(context.active(), { traceparent });

/** Runs `work` in a span that continues the trace of an event. @param work gets the traceparent to pass on */
export async function inSpan<T>(name: string, traceparent: string | undefined, work: (traceparent: string | undefined) => Promise<T>): Promise<T> {
  const parent = contextOf(traceparent);
  const span = tracer().startSpan(name, {}, parent);
  if (!span.isRecording()) return work(traceparent);
  try {
    return await context.with(trace.setSpan(parent, span), () => work(traceparentOfSpan(span)));
  } catch (error) {
    span.recordException(error as Error);
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
