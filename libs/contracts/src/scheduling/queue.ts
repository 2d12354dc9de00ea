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
      min_run_s: z.int().min(0).optional().meta({ description: 'Seconds that a job runs before it may be asked to make room; absent: 600.' }),
      grace_s: z.int().min(0).optional().meta({ description: 'Seconds that it then has to save its progress and stop; absent: 120.' }),
    }),
    example: { name: 'training', priority: 0, default_time_limit_s: 86_400 },
  },
});
export type QueueEvent = FactOf<typeof queueEvents>;
