/**
 * Spans around what is done with events, in the traces of the requests that made them. Costs nothing without an SDK.
 * Names and attributes: OpenTelemetry's semantic conventions for messaging. What creates a message is the append whose
 * context stands in the event, so a batch has one span per trace in it, a child of that append, and links to the other
 * appends of the same trace. One span per event would be thousands per second; one for the batch, with links only, would
 * be in none of the traces.
 */
import { context, createContextKey, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes, type Context, type Span } from '@opentelemetry/api';
import type { ContextName } from '@pioche/contracts';
import type { Delivery } from './delivery.js';

const TRACER = 'pioche.event-bus';

/** Where a consumer's events come from. */
export interface Origin {
  /** `kafka`, or `pioche` for a context's log. */
  readonly system: 'kafka' | 'pioche';
  readonly destinationOf: (source: ContextName) => string;
  readonly group: string;
}

/** One event of a batch. */
interface Cause {
  readonly traceparent: string | undefined;
  /** What is said of it where it is the only one of its span. */
  readonly alone: () => Attributes;
}

/** Without an SDK there is no propagator: nothing comes out of a valid traceparent. */
const PROBE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const parentOf = (traceparent: string): Context => propagation.extract(ROOT_CONTEXT, { traceparent });
const tracing = (): boolean => trace.getSpanContext(parentOf(PROBE)) !== undefined;
const traceIdOf = (traceparent: string): string => traceparent.slice(3, 35);

/** Trace → its span, while a batch is handled. */
const SPANS = createContextKey('pioche: the spans of a batch');
type Spans = ReadonlyMap<string, Span>;

/** Where work on one event of the batch at hand belongs: in the span of its trace; outside of a batch, under what made it. */
export function contextOfEvent(traceparent: string | undefined): Context {
  const active = context.active();
  if (traceparent === undefined) return active;
  const spans = active.getValue(SPANS) as Spans | undefined;
  const span = spans?.get(traceIdOf(traceparent));
  return span === undefined ? propagation.extract(active, { traceparent }) : trace.setSpan(active, span);
}

function startSpans(name: string, kind: SpanKind, attributes: Attributes, causes: readonly Cause[]): Spans {
  const traced = causes.filter((cause): cause is Cause & { traceparent: string } => cause.traceparent !== undefined);
  const spans = new Map<string, Span>();
  for (const [traceId, ones] of Map.groupBy(traced, ({ traceparent }) => traceIdOf(traceparent))) {
    const [parent = ROOT_CONTEXT, ...others] = [...new Set(ones.map(({ traceparent }) => traceparent))].map(parentOf);
    const links = others.flatMap((other) => trace.getSpanContext(other) ?? []).map((linked) => ({ context: linked }));
    const more = ones.length === 1 ? ones[0]?.alone() : { 'messaging.batch.message_count': ones.length };
    spans.set(traceId, trace.getTracer(TRACER).startSpan(name, { kind, links, attributes: { ...attributes, ...more } }, parent));
  }
  return spans;
}

/** A span per trace among `causes` while `work` runs; when there is only one, it is the active one. */
async function around<T>(spans: Spans, work: () => Promise<T>): Promise<T> {
  const all = [...spans.values()];
  const [only] = all;
  const within = context.active().setValue(SPANS, spans);
  try {
    return await context.with(only && all.length === 1 ? trace.setSpan(within, only) : within, work);
  } catch (error) {
    for (const span of all) failSpan(span, error);
    throw error;
  } finally {
    for (const span of all) span.end();
  }
}

/** Says on a span that its work failed, and how. */
export function failSpan(span: Span, error: unknown): void {
  const known = error instanceof Error ? error : new Error(String(error));
  span.recordException(known);
  span.setAttribute('error.type', known.name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: known.message });
}

/** `process <topic or context>` around a handler. */
export function withSpans<T>(batch: readonly Delivery[], { system, destinationOf, group }: Origin, work: () => Promise<T>): Promise<T> {
  const [first] = batch;
  if (first === undefined || !tracing()) return work();
  const destination = destinationOf(first.source);
  const attributes = {
    'messaging.system': system,
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'process',
    'messaging.destination.name': destination,
    'messaging.destination.partition.id': String(first.partition),
    'messaging.consumer.group.name': group,
  };
  const causes = batch.map(({ head, offset }) => ({
    traceparent: head.traceparent,
    alone: () => ({ ...(system === 'kafka' && { 'messaging.kafka.offset': offset }), 'messaging.message.id': head.id, 'cloudevents.event_type': head.type, 'cloudevents.event_subject': head.subject }),
  }));
  return around(startSpans(`process ${destination}`, SpanKind.CONSUMER, attributes, causes), work);
}

/** Before the data, where our texts have it. */
const TRACEPARENT = /,"traceparent":"([0-9a-f-]+)","data":/;
const ID = /^\{"specversion":"1\.0","id":"([^"]+)"/;

/**
 * `send <topic>` around a relay's publishing. A PRODUCER, though the context that travels is the append's: nothing else
 * in the trace shows where an event enters Kafka.
 */
export function withPublishSpans<T>(topic: string, raws: readonly string[], work: () => Promise<T>): Promise<T> {
  if (!tracing()) return work();
  const attributes = { 'messaging.system': 'kafka', 'messaging.operation.type': 'send', 'messaging.operation.name': 'send', 'messaging.destination.name': topic };
  const causes = raws.map((raw) => ({ traceparent: TRACEPARENT.exec(raw)?.[1], alone: (): Attributes => ({ 'messaging.message.id': ID.exec(raw)?.[1] ?? '' }) }));
  return around(startSpans(`send ${topic}`, SpanKind.PRODUCER, attributes, causes), work);
}

/** Runs `tell` in the trace of these events, where they are all of one: what it logs can then be found from the request. */
export function inTheirTrace(events: readonly Delivery[], tell: () => void): void {
  if (!tracing()) return tell();
  const traceparents = events.map((event) => (event.unreadable === undefined ? event.head.traceparent : undefined));
  const [one, ...others] = new Set(traceparents.map((each) => each && traceIdOf(each)));
  const [traceparent] = traceparents;
  if (one === undefined || traceparent === undefined || others.length > 0) return tell();
  context.with(parentOf(traceparent), tell);
}
