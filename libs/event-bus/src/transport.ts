/** The bus as a Nest transport: a batch handler is an ordinary Nest handler, with its guards, pipes and interceptors. */
import { BaseRpcContext, EventPattern, Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import type { ContextName } from '@pioche/contracts';
import type pg from 'pg';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Delivery } from './delivery.js';
import type { Consumption, EventHandler, EventSource } from './source.js';

export const EVENT_BUS = Symbol('pioche.event-bus');

export interface BatchHandlerOptions {
  readonly name: string;
  readonly sources: readonly ContextName[];
  readonly wants?: readonly string[];
}

/** What a handler gets beside its batch (`@Ctx()`). */
export class BatchContext extends BaseRpcContext<[pg.PoolClient]> {
  /** What the handler threw, before Nest's exception filters made something else of it. */
  cause: unknown;

  /** The transaction in which the checkpoint is stored. */
  get tx(): pg.PoolClient {
    return this.getArgByIndex(0);
  }
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Makes a controller's method `(batch: readonly Delivery[], context: BatchContext)` a handler of these contexts' events. */
export function BatchHandler({ name, ...extras }: BatchHandlerOptions): MethodDecorator {
  return (target, key, descriptor: PropertyDescriptor) => {
    const method: Method = descriptor.value;
    descriptor.value = async function (this: unknown, ...args: unknown[]) {
      try {
        return await method.apply(this, args);
      } catch (error) {
        const context = args.find((each) => each instanceof BatchContext);
        if (context) context.cause = error;
        throw error;
      }
    };
    EventPattern(name, EVENT_BUS, extras)(target, key, descriptor);
  };
}

/** Which source the events of these contexts come from. A context's own come from its log. */
export type SourceChoice = (context: ContextName) => EventSource;

export class EventBusStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = EVENT_BUS;
  override readonly propagatesEventHandlerErrors = true;
  private running: Consumption[] = [];

  constructor(private readonly sourceOf: SourceChoice) {
    super();
  }

  /** What runs, for readiness. */
  get consumptions(): readonly Consumption[] {
    return this.running;
  }

  /** Adds a handler that was made from a declaration, for instance a projection. */
  register(handler: EventHandler): void {
    const { name, sources, wants } = handler;
    const callback = (batch: readonly Delivery[], context: BatchContext) => handler.handle(batch, context.tx);
    this.addHandler(name, callback as MessageHandler, true, { sources, wants: wants && [...wants] });
  }

  /** @throws Error when the name is taken: two handlers cannot share a checkpoint */
  override addHandler(pattern: string, callback: MessageHandler, isEventHandler = false, extras: Record<string, unknown> = {}): void {
    if (this.messageHandlers.has(this.normalizePattern(pattern))) throw new Error(`two handlers are called ${pattern}`);
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.start();
    } catch (error) {
      await this.close();
      callback(error);
      return;
    }
    callback();
  }

  async close(): Promise<void> {
    const closing = this.running.map((consumption) => consumption.close());
    this.running = [];
    await Promise.all(closing);
  }

  on(event: string): never {
    throw new Error(`the event bus has no listeners: ${event}`);
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- Nest's signature
  unwrap<T>(): T {
    return this.running as T;
  }

  /** Every handler as the bus wants it; those that are not handlers of batches are refused. */
  handlers(): EventHandler[] {
    return [...this.messageHandlers].map(([name, callback]) => handlerOf(name, callback));
  }

  private async start(): Promise<void> {
    for (const handler of this.handlers()) {
      for (const [source, sources] of Map.groupBy(handler.sources, (context) => this.sourceOf(context))) {
        this.running.push(await source.consume({ ...handler, sources }));
      }
    }
  }
}

function handlerOf(name: string, callback: MessageHandler): EventHandler {
  const { sources, wants } = (callback.extras ?? {}) as Partial<BatchHandlerOptions>;
  if (!sources) throw new Error(`${name} is not a batch handler: use @BatchHandler`);
  return {
    name,
    sources,
    ...(wants && { wants: new Set(wants) }),
    async handle(batch, tx) {
      const context = new BatchContext([tx]);
      try {
        const result: unknown = await callback(batch, context);
        if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
      } catch (error) {
        throw context.cause ?? error;
      }
    },
  };
}
