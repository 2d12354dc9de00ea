import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tracing } from '@opentelemetry/sdk-node';
import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import { createLogger, createService, type Service } from './index.js';
import { testConfig } from '../test/config.js';
import { WorkshopModule } from '../test/workshop.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const FIRE = '1bf7651916cd43dd8448eb211c80319c';

describe('a service behind a prefix, with tracing on', () => {
  const spans = new tracing.InMemorySpanExporter();
  const lines: string[] = [];
  let database: FreshDatabase;
  let service: Service;
  let front: Server;
  let url: string;

  beforeAll(async () => {
    database = await freshDatabase();
    const logger = createLogger('lab', 'debug', { write: (line) => void lines.push(line) });
    service = await createService({ module: WorkshopModule, config: testConfig(database), prefix: '/lab', spans, logger });
    await service.start({ logs: [service.store] });
    front = createServer((request, response) => service.handle(request, response));
    await new Promise<void>((resolve) => void front.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(front.address() as AddressInfo).port}/lab`;
  });
  afterAll(async () => {
    await service?.stop();
    await new Promise((resolve) => front?.close(resolve));
    await database?.drop();
  });

  it('is one trace from the request over the event to the read model', async () => {
    const token = (await service.issuer?.mint({ subject: 'olga', role: 'operator' })) ?? '';
    const response = await fetch(`${url}/lathes`, {
      method: 'POST',
      body: JSON.stringify({ name: 'L1' }),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': '1', traceparent: `00-${TRACE}-b7ad6b7169203331-01` },
    });
    const { id } = (await response.json()) as { id: string };
    expect((await service.store.read(id))[0]?.traceparent).toContain(TRACE);
    await eventually(() => {
      const ours = spans.getFinishedSpans().filter((span) => span.spanContext().traceId === TRACE);
      expect(ours.map(({ name }) => name).sort()).toEqual(['POST /lathes', 'append events', 'process lab']);
      const [append, request] = ['append events', 'POST /lathes'].map((name) => ours.find((span) => span.name === name));
      expect(request?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
      expect(append?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
      expect(ours.find(({ name }) => name.startsWith('process'))?.parentSpanContext?.spanId).toBe(append?.spanContext().spanId);
    });
  });

  it('names the trace in what it logs of an event that cannot be handled', async () => {
    const token = (await service.issuer?.mint({ subject: 'olga', role: 'operator' })) ?? '';
    const post = async (path: string, body: object): Promise<{ id: string }> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': path, 'if-match': '*', traceparent: `00-${FIRE}-b7ad6b7169203331-01` };
      return (await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body), headers })).json() as Promise<{ id: string }>;
    };
    const { id } = await post('/lathes', { name: 'L2' });
    await post(`/lathes/${id}:start`, {});
    await post(`/lathes/${id}:stop`, { reason: 'fire' });
    const told = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>).find(({ consumer }) => consumer === 'reaction.on-lathe-stopped');
    await eventually(() => expect(told()).toMatchObject({ level: 'warn', trace_id: FIRE }));
    const failed = () => spans.getFinishedSpans().find(({ name }) => name === 'reaction on-lathe-stopped');
    expect(failed()).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'Error' }, events: [{ name: 'exception' }] });
    const process = spans.getFinishedSpans().find((span) => span.spanContext().spanId === failed()?.parentSpanContext?.spanId);
    expect(process).toMatchObject({ name: 'process lab', attributes: { 'messaging.consumer.group.name': 'reaction.on-lathe-stopped' } });
  });

  it('leaves out those who look whether it is alive', async () => {
    await fetch(`${url}/healthz`);
    await fetch(`${url}/metrics`);
    expect(spans.getFinishedSpans().filter(({ name }) => /healthz|metrics/.test(name))).toEqual([]);
  });

  it('names the trace in problems and log lines', async () => {
    const response = await fetch(`${url}/lathes`, { headers: { traceparent: `00-${TRACE}-b7ad6b7169203331-01` } });
    expect(await response.json()).toMatchObject({ status: 401, trace_id: TRACE });
    expect(lines.length).toBeGreaterThan(0);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ service: 'lab', level: 'debug' });
  });

  it('has its documentation behind the prefix too', async () => {
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as { servers: { url: string }[] };
    expect(new URL(document.servers[0]?.url ?? '', `${url}/openapi.json`).href).toBe(`${url}/`);
    const docs = await fetch(`${url}/docs`);
    expect(docs.headers.get('content-type')).toContain('text/html');
    expect(await docs.text()).toContain('POST /lathes/{id}:start');
  });
});
