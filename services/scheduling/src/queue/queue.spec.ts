import { given } from '@pioche/testing';
import { queue } from './queue.js';
import { openQueue } from './queue.commands.js';

const opened = { type: 'QueueOpened', data: { name: 'training', priority: 0, default_time_limit_s: 86_400 } } as const;

describe('a queue', () => {
  it('is opened with a day as the default limit', () => given(queue).when(openQueue, { name: 'training' }).then(opened));
  it('is not opened twice', () => given(queue, [opened]).when(openQueue, { name: 'other' }).refuses('queue-exists', { name: 'training' }));
});
