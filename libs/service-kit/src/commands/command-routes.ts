/** Commands → routes: `POST /nodes`, `POST /nodes/{id}:drain`, `POST /jobs:batch`. */
import { hash } from 'node:crypto';
import type { AggregateStore, Executed } from '@pioche/event-store';
import { derivedId, refuse, type AnyCommand, type AnyDecider, type Clock } from '@pioche/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Principal } from '../auth/principal.js';
import { timeOf } from '../clock.js';
import { expectedVersionOf, idempotencyKeyOf, POSITION, REPLAYED } from '../http/headers.js';
import { pluralOf } from '../http/plural.js';
import type { Route } from '../http/route.js';
import { validate } from '../http/validate.js';
import type { ProblemMaker } from '../problem.js';
import { principalOf } from '../auth/authenticate.js';
import { traceparentOf } from '../telemetry.js';
import { batchRoute } from './batch.js';

/** An aggregate and what may be asked of it. */
export type AggregateDeclaration = readonly [AnyDecider, readonly AnyCommand[] | Readonly<Record<string, AnyCommand>>];

export interface CommandServices {
  readonly context: string;
  readonly aggregates: AggregateStore;
  readonly clock: Clock;
  readonly problems: ProblemMaker;
}

/** What a command answers. */
export const CommandAnswer = z
  .object({
    id: z.string().meta({ description: 'What it was done to.' }),
    version: z.int().meta({ description: 'Its version now: the ETag.' }),
    position: z.int().meta({ description: 'Place of the last event in the log; 0 when nothing was written.' }),
    events: z.array(z.object({ type: z.string(), data: z.unknown() })).meta({ description: 'What happened, in order.' }),
  })
  .meta({ id: 'CommandAnswer' });

const Params = z.object({ id: z.string().max(90) });
const Options = z.object({
  validate_only: z.enum(['true', 'false']).default('false').meta({ description: 'Decide, and write nothing.' }),
});

export const commandsIn = ([, commands]: AggregateDeclaration): readonly AnyCommand[] => Object.values(commands);

/** The routes of every command that is not internal. */
export function commandRoutes(declarations: readonly AggregateDeclaration[], services: CommandServices): Route[] {
  return declarations.flatMap((declaration) =>
    commandsIn(declaration)
      .filter((command) => command.internal !== true)
      .flatMap((command) => [
        commandRoute(declaration[0], command, services),
        ...(command.creates === true && command.batch === true ? [batchRoute(declaration[0], command, services)] : []),
      ]),
  );
}

function commandRoute(aggregate: AnyDecider, command: AnyCommand, services: CommandServices): Route {
  const creates = command.creates === true;
  const collection = `/${pluralOf(aggregate.name)}`;
  const path = creates ? collection : `${collection}/{id}:${command.name}`;
  const success = creates ? 201 : 200;
  return {
    method: 'POST',
    path,
    access: { permission: command.may },
    operation: command.name,
    summary: command.summary,
    tag: aggregate.name,
    kind: 'command',
    success,
    ...(creates ? {} : { params: Params }),
    query: Options,
    body: command.input,
    returns: CommandAnswer,
    preconditioned: !creates,
    async handle(request, reply) {
      const principal = principalOf(request);
      const key = idempotencyKeyOf(request);
      const expected = creates ? undefined : expectedVersionOf(request);
      const validateOnly = isValidateOnly(request);
      const input: unknown = validate(command.input, request.body ?? {}, 'body');
      const target = creates ? undefined : (request.params as { id: string }).id;
      const executed = await executeFor(services, command, {
        principal, key, input, path, target, expected, validateOnly, now: timeOf(request, services.clock), traceparent: traceparentOf(request),
      });
      return send(reply, services.context, executed, validateOnly ? 200 : success);
    },
  };
}

/** The query is read by hand on this path; anything but `validate_only` goes through the schema, to be refused. */
function isValidateOnly(request: FastifyRequest): boolean {
  const query = request.query as Record<string, unknown>;
  for (const _ in query) return validate(Options, query, 'parameter').validate_only === 'true';
  return false;
}

export interface CommandRequest {
  readonly principal: Principal;
  /** The Idempotency-Key. */
  readonly key: string;
  readonly input: unknown;
  readonly path: string;
  /** The stream; absent for a new one. */
  readonly target: string | undefined;
  readonly expected?: number | undefined;
  readonly validateOnly?: boolean;
  readonly now: string;
  readonly traceparent: string | undefined;
}

/** Executes a client's command: its id follows from who asks, the key and the route. */
export function executeFor({ aggregates }: CommandServices, command: AnyCommand, request: CommandRequest): Promise<Executed> {
  const { principal, key, input, path, target } = request;
  const commandId = derivedId('cmd', principal.subject, principal.tenant ?? '', key, path, target ?? '');
  if (target === undefined) refuseForeignTenant(principal, input);
  return aggregates.execute(command, target ?? newStream(command, input, commandId), input, {
    commandId,
    actor: principal.subject,
    tenant: principal.tenant,
    now: request.now,
    traceparent: request.traceparent,
    expected: request.expected,
    requestHash: hash('sha256', JSON.stringify(input) ?? '', 'base64url'),
    validateOnly: request.validateOnly,
  });
}

/** What a tenant makes for another tenant would be made in a place that does not exist for it. */
function refuseForeignTenant({ tenant }: Principal, input: unknown): void {
  if (tenant === undefined || typeof input !== 'object' || input === null || !('tenant' in input)) return;
  if (input.tenant !== undefined && input.tenant !== tenant) refuse('unknown', { tenant: input.tenant });
}

/** The new stream's id: what the command says, the input's `id`, or one that a repeat of the request makes again. */
function newStream(command: AnyCommand, input: unknown, commandId: string): string {
  if (command.identify !== undefined) return command.identify(input);
  if (typeof input === 'object' && input !== null && 'id' in input && typeof input.id === 'string') return input.id;
  return derivedId(command.aggregate.name.replaceAll('-', '_'), commandId);
}

function send(reply: FastifyReply, context: string, { id, version, position, events, repeated }: Executed, status: number): FastifyReply {
  if (position > 0) reply.header(POSITION, `${context}:${position}`);
  if (repeated) reply.header(REPLAYED, 'true');
  return reply
    .code(status)
    .header('etag', `"${version}"`)
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify({ id, version, position, events }));
}
