/** `GET /lag`: how far every consumer is, for operators and for whoever waits until all is quiet. */
import { CONTEXTS } from '@pioche/contracts';
import { z } from 'zod';
import type { Clock } from '@pioche/kernel';
import { timeOf } from '../clock.js';
import type { Route } from './route.js';

const LagAnswer = z
  .object({
    context: z.enum(CONTEXTS),
    head: z.int().meta({ description: 'Position of the last event of this context’s log.' }),
    events: z.int().meta({ description: 'Number of events in the log of this context.' }),
    consumers: z.array(
      z.object({
        consumer: z.string(),
        source: z.enum(CONTEXTS),
        position: z.int().meta({ description: 'Done up to here.' }),
        head: z.int().optional().meta({ description: 'Last position of the source’s log, where it is known here.' }),
        behind: z.int().meta({ description: 'Events known to wait.' }),
        status: z.string(),
      }),
    ),
    relay: z.object({ position: z.int() }).optional(),
    timers_busy: z.boolean(),
    clock: z.string(),
  })
  .meta({ id: 'Lag' });

export type LagReport = Omit<z.infer<typeof LagAnswer>, 'clock'>;

export const lagRoute = (clock: Clock, report: () => Promise<LagReport>): Route => ({
  method: 'GET',
  path: '/lag',
  access: { permission: 'operate-platform' },
  operation: 'lag',
  summary: 'How far every consumer of this service is: position, head, and events that wait.',
  tag: 'service',
  kind: 'query',
  success: 200,
  returns: LagAnswer,
  async handle(request, reply) {
    const now = timeOf(request, clock);
    return reply.send({ ...(await report()), clock: now } satisfies z.infer<typeof LagAnswer>);
  },
});
