/** One trace from a request over Kafka to a reaction, a read model and the audit log of other services. */
import { SpanKind } from '@opentelemetry/api';
import { tracing } from '@opentelemetry/sdk-node';
import type { ContextName } from '@pioche/contracts';
import { readConfig, startService, startTelemetry, type Service } from '@pioche/service-kit';
import { describeWithKafka, eventually, freshDatabase, topicPrefix, type FreshDatabase } from '@pioche/testing';
import { MODULES } from '../src/modules.js';
import { expectedWays, quarantineOne, waysOf } from './traces.js';

const LIMIT = 180_000;
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

describeWithKafka('a trace through three services', (brokers) => {
  const prefix = topicPrefix();
  const spans = new tracing.InMemorySpanExporter();
  const databases: FreshDatabase[] = [];
  const services = new Map<ContextName, Service & { readonly url: string }>();
  const sampler = process.env['OTEL_TRACES_SAMPLER'];
  let telemetry: ReturnType<typeof startTelemetry>;

  const start = async (context: ContextName): Promise<void> => {
    const database = await freshDatabase();
    databases.push(database);
    const { service: DATABASE_URL, owner: DATABASE_OWNER_URL, reader: DATABASE_READER_URL } = database.urls;
    const config = readConfig({ DATABASE_URL, DATABASE_OWNER_URL, DATABASE_READER_URL, DATABASE_POOL: '4', PORT: '0', HOST: '127.0.0.1', KAFKA_BROKERS: brokers.join(), TOPIC_PREFIX: prefix, ISSUER_SECRET: 'x'.repeat(32), LOG_LEVEL: 'error' });
    services.set(context, await startService({ module: MODULES[context], config, traced: true }));
  };

  beforeAll(async () => {
    // The SDK's own variable: nothing is recorded that a caller has not asked for.
    process.env['OTEL_TRACES_SAMPLER'] = 'parentbased_always_off';
    telemetry = startTelemetry({ name: 'all', exporter: spans });
    await Promise.all((['inventory', 'scheduling', 'sovereignty'] as const).map(start));
  }, LIMIT);
  afterAll(async () => {
    await Promise.all([...services.values()].map((service) => service.stop()));
    await telemetry?.stop();
    await Promise.all(databases.map((database) => database.drop()));
    if (sampler === undefined) delete process.env['OTEL_TRACES_SAMPLER'];
    else process.env['OTEL_TRACES_SAMPLER'] = sampler;
  }, LIMIT);

  it('is whole, and all that is recorded', async () => {
    const token = (await services.get('inventory')?.issuer?.mint({ subject: 'olga', role: 'operator' })) ?? '';
    await quarantineOne({ url: (context) => services.get(context)?.url ?? '', token, traceparent: `00-${TRACE}-${CALLER}-01` });
    const seen = () => spans.getFinishedSpans().map((span) => ({ ...span.spanContext(), parentSpanId: span.parentSpanContext?.spanId ?? '', title: `one ${SpanKind[span.kind].toLowerCase()} ${span.name}` }));
    await eventually(() => expect([...waysOf(seen(), CALLER)]).toEqual(expect.arrayContaining(expectedWays(prefix, () => 'one'))), 30_000);
    expect(new Set(seen().map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
  }, LIMIT);

  it('says what each step was, by OpenTelemetry’s names', () => {
    const attributesOf = (kind: SpanKind, name: string) => spans.getFinishedSpans().find((span) => span.kind === kind && span.name === name)?.attributes;
    expect(attributesOf(SpanKind.SERVER, 'POST /nodes/{id}:quarantine')).toMatchObject({ 'http.request.method': 'POST', 'http.route': '/nodes/{id}:quarantine', 'http.response.status_code': 200, 'url.scheme': 'http', 'server.address': '127.0.0.1' });
    expect(attributesOf(SpanKind.CLIENT, 'append events')).toMatchObject({ 'db.system.name': 'postgresql', 'db.operation.name': 'append', 'db.collection.name': 'events', 'pioche.event.types': ['NodeQuarantined'] });
    expect(attributesOf(SpanKind.PRODUCER, `send ${prefix}inventory`)).toMatchObject({ 'messaging.system': 'kafka', 'messaging.operation.type': 'send', 'messaging.destination.name': `${prefix}inventory` });
    expect(attributesOf(SpanKind.CONSUMER, `process ${prefix}inventory`)).toMatchObject({ 'messaging.system': 'kafka', 'messaging.operation.type': 'process', 'cloudevents.event_type': 'NodeQuarantined' });
  });
});
