/** Commands → routes: `POST /nodes`, `POST /nodes/{id}:drain`, `POST /jobs:batch`. */
import type { Executed } from '@pioche/event-store';
import type { AnyCommand, AnyDecider } from '@pioche/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { timeOf } from '../clock.js';
import { expectedVersionOf, idempotencyKeyOf, POSITION, REPLAYED } from '../http/headers.js';
import { pluralOf } from '../http/plural.js';
import type { Route } from '../http/route.js';
import { validate } from '../http/validate.js';
import { principalOf } from '../auth/authenticate.js';
import { traceparentOf } from '../telemetry.js';
import { batchRoute } from './batch.js';
import { executeFor, type CommandServices } from './execute.js';

/** An aggregate and what may be asked of it. */
export type AggregateDeclaration = readonly [AnyDecider, readonly AnyCommand[] | Readonly<Record<string, AnyCommand>>];

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

function send(reply: FastifyReply, context: string, { id, version, position, events, repeated }: Executed, status: number): FastifyReply {
  if (position > 0) reply.header(POSITION, `${context}:${position}`);
  if (repeated) reply.header(REPLAYED, 'true');
  return reply
    .code(status)
    .header('etag', `"${version}"`)
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify({ id, version, position, events }));
}
