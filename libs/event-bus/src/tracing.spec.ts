import { propagation, trace } from '@opentelemetry/api';
import { core } from '@opentelemetry/sdk-node';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { cloudEventText } from '@pioche/contracts';
import { Delivery, KnownEvents } from './delivery.js';
import { withPublishSpans, withSpans } from './tracing.js';

const time = '2026-11-17T10:00:00.000Z';
const trace1 = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const trace2 = '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

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
const raws = [rawOf(1, trace1), rawOf(2, trace1), rawOf(3, trace2), rawOf(4)];
const batch = raws.map((raw, offset) => new Delivery({ raw, source: 'inventory', partition: 0, offset }, new KnownEvents([])));

describe('spans', () => {
  const exporter = new InMemorySpanExporter();
  beforeAll(() => {
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
    propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  });
  beforeEach(() => exporter.reset());
  afterAll(() => {
    trace.disable();
    propagation.disable();
  });

  const finished = () => exporter.getFinishedSpans().map(({ name, parentSpanContext, status }) => [name, parentSpanContext?.traceId.slice(0, 2), status.code]);

  it('are one per trace and batch, children of the request that made the event', async () => {
    expect(await withSpans(batch, async () => 7)).toBe(7);
    expect(finished()).toEqual([['process NodeRetired', '0a', 0], ['process NodeRetired', '1a', 0]]);
  });

  it('say that the handler failed', async () => {
    await expect(withSpans(batch, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(finished().map(([, , status]) => status)).toEqual([2, 2]);
  });

  it('are there for publishing too', async () => {
    await withPublishSpans('pioche.inventory', raws, async () => undefined);
    expect(finished()).toEqual([['publish pioche.inventory', '0a', 0], ['publish pioche.inventory', '1a', 0]]);
  });
});
