/** The event store of a service: counts appends, and puts each into the trace of what caused it. */
import { EventStore, type Appended, type AppendRequest } from '@pioche/event-store';
import type { Metrics } from './metrics.js';
import { inSpan } from './telemetry.js';

type Options = ConstructorParameters<typeof EventStore>[0];

export class ObservedEventStore extends EventStore {
  constructor(
    options: Options,
    private readonly metrics: Metrics,
    private readonly traced: boolean,
  ) {
    super(options);
  }

  override async append(request: AppendRequest): Promise<Appended> {
    try {
      const appended = this.traced ? await this.appendInSpan(request) : await super.append(request);
      this.metrics.appended(appended.repeated ? 'repeated' : 'written');
      return appended;
    } catch (error) {
      this.metrics.appended('refused');
      throw error;
    }
  }

  private appendInSpan(request: AppendRequest): Promise<Appended> {
    return inSpan('append', request.meta.traceparent, (traceparent) => super.append({ ...request, meta: { ...request.meta, traceparent } }));
  }
}
