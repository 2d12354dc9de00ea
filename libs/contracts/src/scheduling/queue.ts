import { z } from 'zod';
import { events, type FactOf } from '../define.js';
import { TimeLimit } from './placement.js';

export const queueEvents = events('scheduling', {
  QueueOpened: {
    version: 1,
    meaning: 'Jobs may be submitted to the queue. A queue of higher priority is served first.',
    data: z.object({
      name: z.string().min(1),
      priority: z.int(),
      default_time_limit_s: TimeLimit.meta({ description: 'Seconds; for jobs that name no limit of their own.' }),
    }),
    example: { name: 'training', priority: 0, default_time_limit_s: 86_400 },
  },
});
export type QueueEvent = FactOf<typeof queueEvents>;
