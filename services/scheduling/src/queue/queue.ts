import { unreachable, type Decider } from '@pioche/kernel';
import type { QueueEvent } from '@pioche/contracts';

export type Queue = { readonly status: 'unknown' } | { readonly status: 'open'; readonly name: string; readonly priority: number; readonly defaultTimeLimitS: number };

/** Where jobs wait: its priority against other queues, and the limit of jobs that name none. */
export const queue: Decider<Queue, QueueEvent> = {
  name: 'queue',
  initial: { status: 'unknown' },
  evolve(_, event) {
    switch (event.type) {
      case 'QueueOpened': {
        const { name, priority, default_time_limit_s } = event.data;
        return { status: 'open', name, priority, defaultTimeLimitS: default_time_limit_s };
      }
      default:
        return unreachable(event.type);
    }
  },
};
