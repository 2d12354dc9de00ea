/** Sends what was thrown as a problem, for every route and for addresses without one. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { ProblemError, type ProblemMaker } from '../problem.js';
import { noteFailure, traceIdOf } from '../telemetry.js';
import { methodsAt, type Route } from './route.js';

/** Answers with the problem that an error is. */
export function problemAnswer(problems: ProblemMaker, logger: Logger, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { problem, headers } = problems.of(error);
  request.problem = problem.code;
  if (problem.code === 'internal') logger.error({ err: error, method: request.method, url: request.url }, 'a request failed');
  noteFailure(request, problem, error);
  const traceId = traceIdOf(request);
  return reply
    .code(problem.status)
    .headers(headers)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify({ ...problem, ...(traceId === undefined ? {} : { trace_id: traceId }) }));
}

export function answerProblems(http: FastifyInstance, problems: ProblemMaker, routes: readonly Route[], logger: Logger): void {
  http.setErrorHandler((error, request, reply) => problemAnswer(problems, logger, error, request, reply));
  http.setNotFoundHandler((request, reply) => {
    const allowed = methodsAt(routes, request.url);
    const error = allowed.length === 0
      ? new ProblemError('not-found')
      : new ProblemError('method-not-allowed', { details: { allowed }, headers: { allow: allowed.join(', ') } });
    return problemAnswer(problems, logger, error, request, reply);
  });
}
