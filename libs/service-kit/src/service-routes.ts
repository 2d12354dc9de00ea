/** Every route of a service: the context's commands, queries and actions, and those that each service has. */
import type { Type } from '@nestjs/common';
import { asyncApi } from '@pioche/contracts';
import { eventTopic } from '@pioche/event-bus';
import type { AggregateStore, EventStore } from '@pioche/event-store';
import type { Clock } from '@pioche/kernel';
import type { BuiltInIssuer } from './auth/built-in-issuer.js';
import { commandRoutes } from './commands/command-routes.js';
import { LIMITS, type ServiceConfig } from './config.js';
import type { Consuming } from './consuming.js';
import { knownEvents, type ContextDeclaration } from './context.js';
import type { Database } from './database.js';
import { consumersCheck, databaseCheck, healthRoutes } from './health.js';
import type { Admission } from './http/admission.js';
import type { Draining } from './http/draining.js';
import { controllerRoutes } from './http/controller-routes.js';
import { deadLetterRoutes } from './http/dead-letters.js';
import { docsRoutes } from './http/docs.js';
import { Freshness } from './http/freshness.js';
import { lagRoute } from './http/lag.js';
import { publicRoute } from './http/public-route.js';
import { readModelRoutes } from './http/read-models.js';
import type { Route } from './http/route.js';
import type { Metrics } from './metrics.js';
import { observeService } from './metrics/service-metrics.js';
import type { ProblemMaker } from './problem.js';
import { readModelsCheck } from './read-models-check.js';
import type { TimerRunner } from './timer-runner.js';
import { VERSION } from './version.js';

export interface RouteParts {
  readonly declaration: ContextDeclaration;
  readonly admission: Admission;
  readonly draining: Draining;
  readonly config: ServiceConfig;
  readonly database: Database;
  readonly store: EventStore;
  readonly aggregates: AggregateStore;
  readonly clock: Clock;
  readonly consuming: Consuming;
  readonly timers: TimerRunner;
  readonly problems: ProblemMaker;
  readonly metrics: Metrics;
  readonly issuer: BuiltInIssuer | undefined;
  readonly get: (type: Type) => object;
}

/** Of all places, those that queries may fill while they wait for a read model: commands must get on, or they wait in vain. */
const WAITING_SHARE = 0.5;

export function serviceRoutes({ declaration, config, admission, draining, database, store, aggregates, clock, consuming, timers, problems, metrics, issuer, get }: RouteParts): Route[] {
  const { name, errors } = declaration;
  const freshness = new Freshness(consuming.readModels, config.waitLimitMs, Math.ceil((config.maxInFlight ?? LIMITS.maxInFlight) * WAITING_SHARE));
  const checks = [draining, databaseCheck(database.pool), consumersCheck(() => (consuming.started ? consuming.consumptions : undefined)), readModelsCheck(consuming.readModels)];
  observeService(metrics, { declaration, config, database, clock, consuming, timers, admission, checks });
  const routes: Route[] = [
    ...commandRoutes(declaration.aggregates, { context: name, aggregates, clock, problems }),
    ...controllerRoutes(declaration.controllers ?? [], { aggregates, store, db: database.dataSource, clock, freshness, get }),
    lagRoute(clock, async () => ({ context: name, head: await store.head(), events: await store.count(), timers_busy: timers.busy, ...(await consuming.report()) })),
    ...deadLetterRoutes({ pool: database.pool, handlers: () => consuming.handlers(), groups: knownEvents(declaration) }),
    ...readModelRoutes(consuming.readModels),
    ...healthRoutes(checks, metrics),
    ...docsRoutes({ name, version: VERSION, errors }, () => routes),
    publicRoute('/asyncapi.json', 'asyncapi', 'The events this context publishes, as AsyncAPI 3.', (_request, reply) => reply.send(asyncApi(name, { topic: eventTopic(config.topicPrefix, name), version: VERSION }))),
    ...(issuer === undefined ? [] : [publicRoute('/.well-known/jwks.json', 'jwks', 'The public keys of the issuer of tokens.', (_request, reply) => reply.send(issuer.jwks()))]),
  ];
  return routes;
}
