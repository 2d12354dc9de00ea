/** Puts a context to work: database, event store, read models, reactions, timers, HTTP. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ContextName } from '@pioche/contracts';
import type { EventHandler, Log } from '@pioche/event-bus';
import { AggregateStore, type EventStore } from '@pioche/event-store';
import type { Clock } from '@pioche/kernel';
import type { Logger } from 'pino';
import { ObservedEventStore } from './append-spans.js';
import type { BuiltInIssuer } from './auth/built-in-issuer.js';
import { AccessGuard } from './auth/guard.js';
import { clockOf } from './clock.js';
import { LIMITS, type ServiceConfig } from './config.js';
import { Consuming } from './consuming.js';
import { declarationOf, isClass, ownEvents } from './context.js';
import { openDatabase } from './database.js';
import { databaseCheck } from './health.js';
import { Admission } from './http/admission.js';
import { Draining } from './http/draining.js';
import type { Route } from './http/route.js';
import { createHttp, serve } from './http/server.js';
import { issuingOf } from './identity.js';
import { createLogger, nestLogger } from './logging.js';
import { Metrics } from './metrics.js';
import { partsModule } from './parts.js';
import { ProblemMaker } from './problem.js';
import { refuseHalfRestored } from './restores.js';
import { serviceRoutes } from './service-routes.js';
import { checkContext } from './start-checks.js';
import { startTelemetry, type TelemetryOptions } from './telemetry.js';
import type { Timer } from './timer.js';
import { TimerRunner } from './timer-runner.js';
import { watchConsumers } from './watch-consumers.js';

export interface ServiceOptions {
  /** A class with `@Module(context({ … }))`. */
  readonly module: Type;
  readonly config: ServiceConfig;
  readonly logger?: Logger;
  /** Shared with the other services of the process. */
  readonly clock?: Clock;
  readonly issuer?: BuiltInIssuer;
  /** In front of every path, where several services share a port: `/inventory`. */
  readonly prefix?: string;
  /** Gets the spans, in tests. */
  readonly spans?: TelemetryOptions['exporter'];
  /** Spans are recorded in this process already: the service does not start that itself. */
  readonly traced?: boolean;
  /** The service cannot go on: its consumers have failed for good. */
  readonly onFailed?: (reason: string) => void;
}

export interface StartOptions {
  /** Logs of the other contexts of this process (`service.store`), to be followed directly instead of through Kafka. */
  readonly logs?: readonly Log[];
}

/** A context at work. */
export interface Service {
  readonly name: ContextName;
  readonly app: NestFastifyApplication;
  /** Every route: method, path, and who may. */
  readonly routes: readonly Route[];
  readonly store: EventStore;
  readonly clock: Clock;
  /** Where tokens are issued here: the embedded shape and tests. */
  readonly issuer: BuiltInIssuer | undefined;
  /** Answers a request whose path begins with the prefix. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Begins to follow events and to run timers. */
  start(options?: StartOptions): Promise<void>;
  /** Opens the port of the configuration. @returns the URL */
  listen(): Promise<string>;
  /** Drains, lets what has begun end: requests, batches, timers; then closes every connection. */
  stop(): Promise<void>;
}

/**
 * Makes a service that does not listen and does not follow events yet (`start`, `listen`).
 * @throws Error when the context is not in order, or the database cannot be reached or migrated
 */
export async function createService(options: ServiceOptions): Promise<Service> {
  const { module, config, prefix = '' } = options;
  const declaration = declarationOf(module);
  const { name } = declaration;
  const logger = options.logger ?? createLogger(name, config.logLevel);
  const guard = new AccessGuard(declaration.permissions);
  const telemetry = startTelemetry({ name: `pioche-${name}`, otlpEndpoint: config.otlpEndpoint, exporter: options.spans });
  const traced = telemetry !== undefined || options.traced === true;
  const clock = options.clock ?? clockOf(config.clock);
  const { verifier, issuer } = await issuingOf(config.identity, options.issuer);
  await refuseHalfRestored(config.databaseOwnerUrl ?? config.databaseUrl);
  const database = await openDatabase(declaration, config, logger);

  const metrics = new Metrics(name);
  const store = new ObservedEventStore({ pool: database.pool, context: name, groups: ownEvents(declaration) }, metrics, traced);
  const aggregates = new AggregateStore(store, database.pool);
  const consuming = new Consuming({ declaration, config, database, store, aggregates, db: database.platform, clock, logger });
  const timers = new TimerRunner(name, { aggregates, store, db: database.platform, clock, logger, pool: database.consumerPool });
  const admission = new Admission({ places: config.maxInFlight ?? LIMITS.maxInFlight });
  const draining = new Draining();
  const problems = new ProblemMaker(name, declaration.errors);
  const { http, adapter } = createHttp(problems, logger);

  const close = async (): Promise<void> => {
    await timers.close();
    await consuming.close();
    await store.close();
    await database.close();
    metrics.stop();
    await telemetry?.stop();
  };
  let watch: (() => void) | undefined;
  let stopped: Promise<void> | undefined;
  let routes: readonly Route[];
  let app: NestFastifyApplication;
  try {
    const parts = { config, logger, clock, pool: database.pool, viewerPool: database.viewerPool, dataSource: database.dataSource, store, aggregates, readModels: consuming.readModels };
    app = await NestFactory.create<NestFastifyApplication>(partsModule(module, parts), adapter, { bodyParser: false, abortOnError: false, logger: nestLogger(logger) });
    routes = serviceRoutes({ declaration, config, admission, draining, database, store, aggregates, clock, consuming, timers, problems, metrics, issuer, get: (type) => app.get<object>(type, { strict: false }) });
    checkContext(declaration, routes, guard);
    draining.closeConnections(http);
    serve(http, routes, { problems, verifier, guard, admission, metrics, logger, traced });
    await app.init();
    await http.ready();
  } catch (error) {
    await atMost(CLOSE_MS, close());
    throw error;
  }

  return {
    name,
    app,
    routes,
    store,
    clock,
    issuer,
    handle(request, response) {
      if (prefix !== '' && request.url?.startsWith(prefix) === true) request.url = request.url.slice(prefix.length) || '/';
      http.routing(request, response);
    },
    async start({ logs = [] } = {}) {
      const handlers = (declaration.handlers ?? []).map((handler) => app.get<EventHandler>(handler, { strict: false }));
      await consuming.start(handlers, logs);
      timers.start((declaration.timers ?? []).map((timer) => (isClass(timer) ? app.get<Timer>(timer, { strict: false }) : timer)));
      const { onFailed } = options;
      if (onFailed) watch = watchConsumers({ consumers: () => consuming.consumptions, needs: [databaseCheck(database.pool), ...consuming.needs], onFailed });
    },
    async listen() {
      const url = await http.listen({ port: config.port, host: config.host });
      logger.info({ url }, 'listening');
      return url;
    },
    stop() {
      watch?.();
      stopped ??= draining.pass(config.drainMs ?? 0).then(() => app.close()).then(close);
      return stopped;
    },
  };
}

/** Milliseconds that a service that cannot start has to close its connections, some of which may be dead. */
const CLOSE_MS = 5_000;

const atMost = (ms: number, work: Promise<unknown>): Promise<unknown> => Promise.race([work.catch(() => undefined), setTimeout(ms, undefined, { ref: false })]);

/** Makes a service, starts it and lets it listen. */
export async function startService(options: ServiceOptions & StartOptions): Promise<Service & { readonly url: string }> {
  const service = await createService(options);
  try {
    await service.start(options);
    return { ...service, url: await service.listen() };
  } catch (error) {
    await atMost(CLOSE_MS, service.stop());
    throw error;
  }
}
