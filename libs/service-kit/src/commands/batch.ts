/** Many new ones in one request. They run at once, so that the store commits them together. */
import type { AnyCommand, AnyDecider } from '@pioche/kernel';
import { z } from 'zod';
import { timeOf } from '../clock.js';
import { POSITION } from '../http/headers.js';
import { pluralOf } from '../http/plural.js';
import type { Route } from '../http/route.js';
import { validate } from '../http/validate.js';
import { principalOf } from '../auth/authenticate.js';
import { traceparentOf } from '../telemetry.js';
import { executeFor, type CommandServices } from './execute.js';

const MOST = 1_000;

const BatchAnswer = z
  .object({
    items: z.array(
      z.object({
        status: z.int().meta({ description: 'The HTTP status that this item alone would have had.' }),
        id: z.string().optional(),
        version: z.int().optional(),
        position: z.int().optional(),
        replayed: z.boolean().optional(),
        problem: z.looseObject({ type: z.string(), title: z.string(), status: z.int(), code: z.string() }).optional(),
      }),
    ).meta({ description: 'One per item, in order.' }),
  })
  .meta({ id: 'BatchAnswer' });

type Item = z.infer<typeof BatchAnswer>['items'][number];

/** `POST /jobs:batch`: each item has its own Idempotency-Key and its own answer; one refused does not stop another. */
export function batchRoute(aggregate: AnyDecider, command: AnyCommand, services: CommandServices): Route {
  const collection = `/${pluralOf(aggregate.name)}`;
  const Outer = z.object({ items: z.array(z.object({ idempotency_key: z.string().min(1).max(255), input: z.unknown() })).min(1).max(MOST) });
  const Documented = z.object({ items: z.array(z.object({ idempotency_key: z.string().min(1).max(255), input: command.input })).min(1).max(MOST) });
  return {
    method: 'POST',
    path: `${collection}:batch`,
    access: { permission: command.may },
    operation: `${command.name}Batch`,
    summary: `${command.summary} Up to ${MOST} at once, each with its own answer.`,
    tag: aggregate.name,
    kind: 'batch',
    success: 200,
    body: Documented,
    returns: BatchAnswer,
    async handle(request, reply) {
      const { items } = validate(Outer, request.body, 'body');
      const principal = principalOf(request);
      const common = { principal, path: collection, target: undefined, now: timeOf(request, services.clock), traceparent: traceparentOf(request) };
      const answers = await Promise.all(
        items.map(async ({ idempotency_key: key, input }): Promise<Item> => {
          try {
            // The same id as a single request with this key would have: the two can be mixed.
            const done = await executeFor(services, command, { ...common, key, input: validate(command.input, input, 'body') });
            return { status: 201, id: done.id, version: done.version, position: done.position, ...(done.repeated ? { replayed: true } : {}) };
          } catch (error) {
            const { problem } = services.problems.of(error);
            return { status: problem.status, problem: { ...problem } };
          }
        }),
      );
      const position = Math.max(...answers.map((answer) => answer.position ?? 0));
      if (position > 0) reply.header(POSITION, `${services.context}:${position}`);
      return reply.code(200).send({ items: answers } satisfies z.infer<typeof BatchAnswer>);
    },
  };
}
