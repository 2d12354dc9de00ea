/** Hand-written controllers → routes. */
import { hash } from 'node:crypto';
import type { Type } from '@nestjs/common';
import type { Clock } from '@pioche/kernel';
import { parsePosition } from '@pioche/projections';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerOf, type Caller } from '../auth/principal.js';
import { timeOf } from '../clock.js';
import { toolsOf, type ToolServices } from '../commands/issue.js';
import { endpointsOf, type ActionDeclaration, type Endpoint, type QueryDeclaration } from '../query.js';
import { traceparentOf } from '../telemetry.js';
import { onBehalfOf } from '../viewer.js';
import type { Freshness } from './freshness.js';
import { AFTER, AGE, expectedVersionOf, headerOf, idempotencyKeyOf } from './headers.js';
import type { Access, Route } from './route.js';
import { validate } from './validate.js';

export interface ControllerServices extends ToolServices {
  readonly clock: Clock;
  readonly freshness: Freshness;
  /** The controller's instance. */
  readonly get: (controller: Type) => object;
}

type Answer = (asked: unknown) => Promise<unknown>;

const NO_FIELDS = z.object({});
const NOBODY: Caller = callerOf({ subject: 'anonymous', roles: [] });
const accessOf = ({ may }: { readonly may?: string }): Access => (may === undefined ? { public: true } : { permission: may });
const read = (schema: z.ZodType | undefined, value: unknown, where: 'body' | 'parameter'): unknown =>
  schema === undefined ? {} : validate(schema, value ?? {}, where);

const readQuery = (schema: z.ZodObject | undefined, request: FastifyRequest): unknown => validate(schema ?? NO_FIELDS, request.query ?? {}, 'parameter');

export function controllerRoutes(controllers: readonly Type[], services: ControllerServices): Route[] {
  return controllers.flatMap((controller) => {
    const tag = controller.name.replace(/Controller$/, '').toLowerCase();
    return endpointsOf(controller).map((endpoint): Route => {
      const { path, summary, params, returns } = endpoint.declaration;
      const shared = { path, summary, tag, operation: endpoint.method, access: accessOf(endpoint.declaration), returns, ...(params === undefined ? {} : { params }) };
      const answer = methodOf(controller, endpoint, services);
      return endpoint.kind === 'query'
        ? { ...shared, ...queryRoute(endpoint.declaration, answer, services) }
        : { ...shared, ...actionRoute(endpoint.declaration, answer, services) };
    });
  });
}

function methodOf(controller: Type, { method }: Endpoint, { get }: ControllerServices): Answer {
  const instance = get(controller) as Record<string, Answer>;
  return (asked) => instance[method]?.(asked) ?? Promise.reject(new Error(`${controller.name} has no method ${method}`));
}

type Handled = Pick<Route, 'method' | 'kind' | 'success' | 'handle' | 'body' | 'query' | 'media' | 'keyInBody'>;

function queryRoute({ params, query, from, media }: QueryDeclaration, answer: Answer, { clock, freshness }: ControllerServices): Handled {
  const models = from?.map(({ name }) => name);
  return {
    method: 'GET',
    kind: 'query',
    success: 200,
    ...(query === undefined ? {} : { query }),
    ...(media === undefined ? {} : { media }),
    async handle(request, reply) {
      const asked = {
        params: read(params, request.params, 'parameter'),
        query: readQuery(query, request),
        caller: request.principal === null ? NOBODY : callerOf(request.principal),
        now: timeOf(request, clock),
      };
      const token = headerOf(request, AFTER);
      if (token !== undefined) await freshness.waitFor(token, models);
      const positions = token === undefined ? [] : parsePosition(token);
      const after = new Map(positions.map(({ source, position }) => [source, position]));
      const result = await onBehalfOf(request.principal, () => answer({ ...asked, after }));
      reply.header(AGE, String(await freshness.ageOf(models)));
      return media === undefined ? sendJson(reply, result) : reply.header('content-type', media).send(result);
    },
  };
}

function actionRoute({ params, body, status = 200, keyInBody, preconditioned }: ActionDeclaration, answer: Answer, services: ControllerServices): Handled {
  return {
    method: 'POST',
    kind: 'action',
    success: status,
    ...(body === undefined ? {} : { body }),
    ...(keyInBody === undefined ? {} : { keyInBody }),
    ...(preconditioned === undefined ? {} : { preconditioned }),
    async handle(request, reply) {
      const key = keyInBody === true ? '' : idempotencyKeyOf(request);
      readQuery(undefined, request);
      const caller = request.principal === null ? NOBODY : callerOf(request.principal);
      const expected = preconditioned === true ? expectedVersionOf(request) : undefined;
      const given = { params: read(params, request.params, 'parameter'), body: read(body ?? NO_FIELDS, request.body, 'body') };
      const tools = toolsOf(services, {
        key: ['action', caller.subject, caller.tenant ?? '', key, request.routeOptions.url ?? ''],
        actor: caller.subject,
        now: timeOf(request, services.clock),
        tenant: caller.tenant,
        traceparent: traceparentOf(request),
        ...(keyInBody === true ? {} : { requestHash: hash('sha256', JSON.stringify(given), 'base64url') }),
      });
      return sendJson(reply.code(status), await onBehalfOf(request.principal, () => answer({ ...given, ...tools, caller, key, expected })));
    },
  };
}

type Reply = Parameters<Route['handle']>[1];
const sendJson = (reply: Reply, value: unknown): Reply =>
  reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(value));
