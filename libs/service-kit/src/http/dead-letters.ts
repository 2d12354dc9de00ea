/** Events that a consumer here could not handle: operators look at them, and have them tried again. */
import { DeadLetters, UnknownDeadLetterError, type EventHandler } from '@pioche/event-bus';
import type { EventGroup } from '@pioche/contracts';
import { Instant } from '@pioche/kernel';
import type pg from 'pg';
import { z } from 'zod';
import { cursorOf, page, pageOf, pageQuery } from '../paging.js';
import { ProblemError } from '../problem.js';
import type { Route } from './route.js';
import { validate } from './validate.js';

const Letter = z
  .object({
    id: z.string(),
    consumer: z.string(),
    source: z.string(),
    stream: z.string().nullable(),
    type: z.string().nullable(),
    state: z.enum(['dead', 'waiting', 'redriven']).meta({ description: 'waiting: an earlier event of its stream is dead.' }),
    reason: z.string(),
    at: Instant,
    raw: z.string().meta({ description: 'The event as it came.' }),
  })
  .meta({ id: 'DeadLetter' });

const Listing = z.object({ ...pageQuery, consumer: z.string().optional(), state: z.enum(['dead', 'waiting', 'redriven']).default('dead') });
const Params = z.object({ id: z.string().regex(/^\d{1,18}$/) });
const Fix = z.object({ raw: z.string().optional().meta({ description: 'The CloudEvent text to handle instead: the same event of the same stream.' }) });
const Redriven = z.object({
  redriven: z.int().meta({ description: 'Handled now: the dead one, then those that waited behind it.' }),
  open: z.int(),
  failed: z.object({ id: z.string(), reason: z.string() }).optional(),
});

export interface DeadLetterParts {
  readonly pool: pg.Pool;
  /** Every handler of this service. */
  readonly handlers: () => Promise<readonly EventHandler[]>;
  readonly groups: readonly EventGroup[];
}

export function deadLetterRoutes({ pool, handlers, groups }: DeadLetterParts): Route[] {
  const letters = async () => new DeadLetters({ pool, handlers: await handlers(), groups });
  const shared = { access: { permission: 'operate-platform' }, tag: 'service', success: 200 } as const;
  return [
    {
      ...shared,
      method: 'GET',
      path: '/dead-letters',
      operation: 'listDeadLetters',
      summary: 'Events that could not be handled here, with the reason.',
      kind: 'query',
      query: Listing,
      returns: pageOf(Letter),
      async handle(request, reply) {
        const { page_size: size, page_token: token, consumer, state } = validate(Listing, request.query, 'parameter');
        const after = cursorOf(token)?.[0];
        const found = await (await letters()).list({ state, limit: size + 1, ...(consumer === undefined ? {} : { consumer }), ...(after === undefined ? {} : { after: String(after) }) });
        const shown = found.map(({ id, consumer, source, stream, type, state, reason, at, raw }) => ({ id, consumer, source, stream, type, state, reason, at: at.toISOString(), raw }));
        return reply.send(page(shown, size, ({ id }) => [id]));
      },
    },
    {
      ...shared,
      method: 'POST',
      path: '/dead-letters/{id}:redrive',
      operation: 'redriveDeadLetter',
      summary: 'Handle it again, and then what waited behind it.',
      kind: 'batch',
      params: Params,
      body: Fix,
      returns: Redriven,
      async handle(request, reply) {
        const { id } = validate(Params, request.params, 'parameter');
        const { raw } = validate(Fix, request.body ?? {}, 'body');
        try {
          return reply.send(await (await letters()).redrive(id, raw));
        } catch (error) {
          if (error instanceof UnknownDeadLetterError) throw new ProblemError('unknown', { details: { reason: error.message } });
          throw error;
        }
      },
    },
  ];
}
