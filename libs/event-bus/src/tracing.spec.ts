import { SpanKind, trace } from '@opentelemetry/api';
import { NodeSDK, tracing } from '@opentelemetry/sdk-node';
import { cloudEventText, nodeEvents } from '@pioche/contracts';
import { Delivery, KnownEvents } from './delivery.js';
import { contextOfEvent, inTheirTrace, withPublishSpans, withSpans, type Origin } from './tracing.js';

const time = '2026-11-17T10:00:00.000Z';
const trace1 = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const sibling = '00-0af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01';
const trace2 = '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const kafka: Origin = { system: 'kafka', destinationOf: (source) => `t.${source}`, group: 't.scheduling.reaction.x' };

const rawOf = (position: number, traceparent?: string) =>
  cloudEventText({
    context: 'inventory',
    position,
    stream: 's',
    version: position,
    eventId: `e${position}`,
    type: 'NodeRetired',
    schemaVersion: 1,
    dataJson: '{}',
    time,
    recordedTime: time,
    meta: { actor: 'a', correlationId: 'c', causationId: 'c', traceparent },
  });
const raws = [rawOf(1, trace1), rawOf(2, sibling), rawOf(3, trace2), rawOf(4)];
const known = new KnownEvents([nodeEvents]);
const batch = raws.map((raw, offset) => new Delivery({ raw, source: 'inventory', partition: 0, offset }, known));

describe('without an SDK', () => {
  it('nothing is around the work', async () => {
    expect(await withSpans(batch, kafka, async () => trace.getActiveSpan() ?? 'none')).toBe('none');
    expect(await withPublishSpans('t.inventory', raws, async () => trace.getActiveSpan() ?? 'none')).toBe('none');
  });
});

describe('spans', () => {
  const exporter = new tracing.InMemorySpanExporter();
  const sdk = new NodeSDK({ spanProcessors: [new tracing.SimpleSpanProcessor(exporter)], metricReaders: [], logRecordProcessors: [], autoDetectResources: false });
  beforeAll(() => sdk.start());
  beforeEach(() => exporter.reset());
  afterAll(() => sdk.shutdown());

  const finished = () => exporter.getFinishedSpans().map(({ name, parentSpanContext, status, links }) => [name, parentSpanContext?.traceId.slice(0, 2), status.code, links.length]);

  it('are one per trace and batch: under the append that made its first event, with links to the others', async () => {
    expect(await withSpans(batch, kafka, async () => 7)).toBe(7);
    expect(finished()).toEqual([['process t.inventory', '0a', 0, 1], ['process t.inventory', '1a', 0, 0]]);
    const [two, one] = exporter.getFinishedSpans();
    expect(two?.links[0]?.context.spanId).toBe(sibling.slice(36, 52));
    expect(two).toMatchObject({ kind: SpanKind.CONSUMER, attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 't.inventory', 'messaging.consumer.group.name': kafka.group, 'messaging.batch.message_count': 2 } });
    expect(one?.attributes).toMatchObject({ 'messaging.message.id': 'e3', 'messaging.kafka.offset': 2, 'cloudevents.event_subject': 's' });
    expect(one?.attributes).not.toHaveProperty('messaging.batch.message_count');
  });

  it('are where the work on each of their events belongs', async () => {
    const spanIdOf = (traceparent: string) => trace.getSpanContext(contextOfEvent(traceparent))?.spanId;
    const within = await withSpans(batch, kafka, async () => [sibling, trace2].map(spanIdOf));
    expect(within).toEqual(exporter.getFinishedSpans().map((span) => span.spanContext().spanId));
    expect(spanIdOf(sibling)).toBe(sibling.slice(36, 52));
  });

  it('say that the handler failed, and how', async () => {
    await expect(withSpans(batch, kafka, () => Promise.reject(new RangeError('no')))).rejects.toThrow('no');
    expect(finished().map(([, , status]) => status)).toEqual([2, 2]);
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({ attributes: { 'error.type': 'RangeError' }, events: [{ name: 'exception', attributes: { 'exception.type': 'RangeError', 'exception.message': 'no' } }] });
  });

  it('are there for publishing too', async () => {
    await withPublishSpans('t.inventory', raws, async () => undefined);
    expect(finished()).toEqual([['send t.inventory', '0a', 0, 1], ['send t.inventory', '1a', 0, 0]]);
    expect(exporter.getFinishedSpans()[1]).toMatchObject({ kind: SpanKind.PRODUCER, attributes: { 'messaging.system': 'kafka', 'messaging.message.id': 'e3' } });
  });

  it('lend their trace to what is told of events that are all of one', () => {
    const toldIn = (events: readonly Delivery[]) => {
      let traceId: string | undefined;
      inTheirTrace(events, () => (traceId = trace.getActiveSpan()?.spanContext().traceId));
      return traceId;
    };
    expect(toldIn(batch.slice(0, 2))).toBe(trace1.slice(3, 35));
    expect(toldIn(batch.slice(0, 3))).toBeUndefined();
    expect(toldIn(batch.slice(3))).toBeUndefined();
  });
});
