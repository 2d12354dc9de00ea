import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpanKind, trace } from '@opentelemetry/api';
import { inSpan, startTelemetry } from './telemetry.js';

interface Sent {
  readonly url: string;
  readonly body: string;
}

describe('tracing of a process', () => {
  const sent: Sent[] = [];
  let silent = false;
  let collector: Server;
  let otlpEndpoint: string;
  beforeAll(async () => {
    collector = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString())).on('end', () => {
        sent.push({ url: request.url ?? '', body });
        if (!silent) response.setHeader('content-type', 'application/json').end('{}');
      });
    });
    await new Promise<void>((resolve) => void collector.listen(0, '127.0.0.1', resolve));
    otlpEndpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
  });
  afterEach(() => {
    sent.length = 0;
    trace.disable();
    delete process.env['OTEL_TRACES_SAMPLER'];
    delete process.env['OTEL_SDK_DISABLED'];
    delete process.env['OTEL_RESOURCE_ATTRIBUTES'];
  });
  afterAll(async () => {
    collector.closeAllConnections();
    await new Promise((resolve) => collector.close(resolve));
  });

  it('sends what is left when it stops: spans, and nothing else', async () => {
    process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'deployment.environment.name=test';
    const telemetry = startTelemetry({ name: 'pioche-lab', otlpEndpoint });
    await inSpan('work', undefined, async () => undefined, { kind: SpanKind.INTERNAL });
    expect(sent).toEqual([]);
    await telemetry?.stop();
    expect(sent.map(({ url }) => url)).toEqual(['/v1/traces']);
    for (const text of ['"work"', 'pioche-lab', 'deployment.environment.name', 'service.instance.id']) expect(sent[0]?.body).toContain(text);
  });

  it('does not keep a process from ending when the collector does not answer', async () => {
    silent = true;
    const telemetry = startTelemetry({ name: 'pioche-lab', otlpEndpoint });
    await inSpan('work', undefined, async () => undefined);
    await telemetry?.stop();
    expect(sent).toHaveLength(1);
    silent = false;
  });

  it('follows the sampler of the environment, and passes on that a trace is not recorded', async () => {
    process.env['OTEL_TRACES_SAMPLER'] = 'parentbased_always_off';
    const telemetry = startTelemetry({ name: 'pioche-lab', otlpEndpoint });
    const asked = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const own = await inSpan('own', undefined, async (traceparent) => inSpan('its part', traceparent, async (inner) => [traceparent, inner]));
    expect(own.map((each) => each?.slice(-2))).toEqual(['00', '00']);
    expect(own[1]?.slice(3, 35)).toBe(own[0]?.slice(3, 35));
    expect(await inSpan('asked for', asked, async (traceparent) => traceparent)).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/);
    await telemetry?.stop();
    expect(sent.map(({ body }) => [body.includes('asked for'), body.includes('its part')])).toEqual([[true, false]]);
  });

  it('is off where there is nobody to send to, or the environment says so', async () => {
    expect(startTelemetry({ name: 'pioche-lab' })).toBeUndefined();
    process.env['OTEL_SDK_DISABLED'] = 'true';
    expect(startTelemetry({ name: 'pioche-lab', otlpEndpoint })).toBeUndefined();
    expect(await inSpan('work', 'as it came', async (traceparent) => traceparent)).toBe('as it came');
  });
});
