/** Spans around what is done with an event, in the trace of the request that made it. Costs nothing without an SDK. */
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context, type Span } from '@opentelemetry/api';
import type { Delivery } from './delivery.js';

const TRACER = 'pioche.event-bus';

/** One cause of a batch: what carries a trace, and what its span is called. */
interface Traced {
  readonly traceparent: string | undefined;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** Without an SDK there is no propagator: nothing comes out of a valid traceparent. */
const PROBE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const parentOf = (traceparent: string): Context => propagation.extract(ROOT_CONTEXT, { traceparent });
const tracing = (): boolean => trace.getSpanContext(parentOf(PROBE)) !== undefined;

function startSpans(causes: Iterable<Traced>, kind: SpanKind): { span: Span; parent: Context }[] {
  const seen = new Set<string>();
  const spans: { span: Span; parent: Context }[] = [];
  for (const { traceparent, name, attributes } of causes) {
    if (traceparent === undefined) continue;
    const traceId = traceparent.slice(3, 35);
    if (seen.has(traceId)) continue;
    seen.add(traceId);
    const parent = parentOf(traceparent);
    spans.push({ span: trace.getTracer(TRACER).startSpan(name, { kind, attributes }, parent), parent });
  }
  return spans;
}

/** A span per trace among `causes` while `work` runs; when there is only one, it is the active one. */
async function around<T>(causes: Iterable<Traced>, kind: SpanKind, work: () => Promise<T>): Promise<T> {
  const spans = startSpans(causes, kind);
  const [only] = spans;
  try {
    if (only && spans.length === 1) return await context.with(trace.setSpan(only.parent, only.span), work);
    return await work();
  } catch (error) {
    for (const { span } of spans) span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    for (const { span } of spans) span.end();
  }
}

/** `process <type>`, once per trace and batch, around a handler. */
export function withSpans<T>(batch: readonly Delivery[], work: () => Promise<T>): Promise<T> {
  if (!tracing()) return work();
  const causes = batch.map(({ head }) => ({
    traceparent: head.traceparent,
    name: `process ${head.type}`,
    attributes: { 'messaging.system': 'pioche', 'messaging.message.id': head.id, 'cloudevents.event_subject': head.subject },
  }));
  return around(causes, SpanKind.CONSUMER, work);
}

/** Before the data, where our texts have it. */
const TRACEPARENT = /,"traceparent":"([0-9a-f-]+)","data":/;

/** `publish <topic>`, once per trace and batch, around a relay's publishing. */
export function withPublishSpans<T>(topic: string, raws: readonly string[], work: () => Promise<T>): Promise<T> {
  if (!tracing()) return work();
  const causes = raws.map((raw) => ({
    traceparent: TRACEPARENT.exec(raw)?.[1],
    name: `publish ${topic}`,
    attributes: { 'messaging.destination.name': topic },
  }));
  return around(causes, SpanKind.PRODUCER, work);
}
