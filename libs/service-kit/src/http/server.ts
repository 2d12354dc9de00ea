/** The HTTP side of a service: Fastify under Nest, with everything that is the same for every route. */
import { fastify, type FastifyInstance } from 'fastify';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { authenticateRequests } from '../auth/authenticate.js';
import type { AccessGuard } from '../auth/guard.js';
import type { TokenVerifier } from '../auth/tokens.js';
import type { Metrics } from '../metrics.js';
import type { ProblemMaker } from '../problem.js';
import { traceRequests } from '../telemetry.js';
import { admitRequests, keepingPlace, shareAmongTenants, type Admission } from './admission.js';
import { answerProblems, problemAnswer } from './problem-answers.js';
import { refuseUndecided, registerRoutes, type Route } from './route.js';

/** Bytes of a body: a batch of a thousand fits. */
const BODY_LIMIT = 4 * 1024 * 1024;
const LOOK_MS = 50;
/** A request that has not come in whole by then is given up, in milliseconds: it has a place. */
const REQUEST_MS = 60_000;
/** Connections, most of them idle. */
const CONNECTIONS = 10_000;

/** Errors and unknown addresses are answered by us, not by Nest. */
class Adapter extends FastifyAdapter {
  override setErrorHandler(): FastifyInstance {
    return this.getInstance();
  }
  override setNotFoundHandler(): FastifyInstance {
    return this.getInstance();
  }
}

export function createHttp(problems: ProblemMaker, logger: Logger): { http: FastifyInstance; adapter: FastifyAdapter } {
  const http: FastifyInstance = fastify({
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: 'idle',
    // What still comes in on an open connection is answered, not refused.
    return503OnClosing: false,
    requestTimeout: REQUEST_MS,
    frameworkErrors(error, request, reply) {
      void problemAnswer(problems, logger, error, request, reply);
    },
  });
  http.server.maxConnections = CONNECTIONS;
  refuseUndecided(http);
  closeWhenAnswered(http);
  return { http, adapter: new Adapter(http) };
}

/** Node takes a connection on which nothing has been asked yet for a busy one, and a server that closes waits for it. */
function closeWhenAnswered(http: FastifyInstance): void {
  let open = 0;
  http.addHook('onRequest', async (_request, reply) => {
    open += 1;
    reply.raw.once('close', () => (open -= 1));
  });
  http.addHook('preClose', async () => {
    const { server } = http;
    if (!server.listening) return;
    const look = setInterval(() => open === 0 && server.closeAllConnections(), LOOK_MS);
    server.once('close', () => clearInterval(look));
  });
}

export interface HttpServices {
  readonly problems: ProblemMaker;
  readonly verifier: TokenVerifier;
  readonly guard: AccessGuard;
  readonly admission: Admission;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Spans are recorded. */
  readonly traced: boolean;
}

export function serve(http: FastifyInstance, routes: readonly Route[], services: HttpServices): void {
  if (services.traced) traceRequests(http);
  services.metrics.observeRequests(http);
  answerProblems(http, services.problems, routes, services.logger);
  admitRequests(http, services.admission, BODY_LIMIT);
  authenticateRequests(http, services.verifier, services.guard);
  shareAmongTenants(http, services.admission);
  registerRoutes(http, routes.map((route) => ({ ...route, handle: keepingPlace(route) })));
}
