import { queueEvents } from '@pioche/contracts';
import { commandsOf, refuse } from '@pioche/kernel';
import { queue } from './queue.js';

const { command } = commandsOf(queue);
const Opened = queueEvents.events.QueueOpened.data;

export const openQueue = command({
  name: 'open',
  summary: 'Open a queue. Of two queues the one with the higher priority is served first.',
  may: 'operate-scheduling',
  creates: true,
  input: Opened.extend({ priority: Opened.shape.priority.default(0), default_time_limit_s: Opened.shape.default_time_limit_s.default(86_400) }),
  decide(state, data) {
    if (state.status === 'open') refuse('queue-exists', { name: state.name });
    return [{ type: 'QueueOpened', data }];
  },
});

export const queueCommands = [openQueue];
