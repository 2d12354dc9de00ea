/** The event store of a service: counts appends, and puts each into the trace of what caused it. */
import { SpanKind, type Attributes } from '@opentelemetry/api';
import { EventStore, type Appended, type AppendRequest } from '@pioche/event-store';
import type { Metrics } from './metrics.js';
import { inSpan } from './telemetry.js';

type Options = ConstructorParameters<typeof EventStore>[0];

export class ObservedEventStore extends EventStore {
  private readonly attributes: Attributes;

  constructor(
    options: Options,
    private readonly metrics: Metrics,
    private readonly traced: boolean,
  ) {
    super(options);
    this.attributes = databaseAttributes(options.pool.options);
  }

  override async append(request: AppendRequest): Promise<Appended> {
    const begun = performance.now();
    try {
      const appended = this.traced ? await this.appendInSpan(request) : await super.append(request);
      this.metrics.appended(performance.now() - begun, request, appended);
      return appended;
    } catch (error) {
      this.metrics.appended(performance.now() - begun, request);
      throw error;
    }
  }

  /** The span is as long as the caller waits: appends that come together share a transaction. */
  private appendInSpan(request: AppendRequest): Promise<Appended> {
    const events = request.writes.flatMap((write) => write.events);
    const attributes = { ...this.attributes, 'pioche.event.types': [...new Set(events.map(({ type }) => type))], ...(events.length > 1 && { 'db.operation.batch.size': events.length }) };
    const append = (traceparent: string | undefined): Promise<Appended> => super.append({ ...request, meta: { ...request.meta, traceparent } });
    return inSpan('append events', request.meta.traceparent, append, { kind: SpanKind.CLIENT, attributes });
  }
}

/** OpenTelemetry's semantic conventions for database clients. */
function databaseAttributes({ connectionString, host, port, database }: Options['pool']['options']): Attributes {
  const url = connectionString === undefined ? undefined : new URL(connectionString);
  return {
    'db.system.name': 'postgresql',
    'db.operation.name': 'append',
    'db.collection.name': 'events',
    'db.namespace': url?.pathname.slice(1) ?? database ?? '',
    'server.address': url?.hostname ?? host ?? '',
    'server.port': Number(url?.port === '' ? 5432 : (url?.port ?? port ?? 5432)),
  };
}
