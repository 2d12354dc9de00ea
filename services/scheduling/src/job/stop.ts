/** What ends a job from outside. */
import { commandsOf, follow, idOf } from '@pioche/kernel';
import { z } from 'zod';
import { job, JOB_LIFE } from './job.js';
import { closing, known } from './life.js';

const { command } = commandsOf(job);

export const cancelJob = command({
  name: 'cancel',
  summary: 'Take the job out of its queue, or stop it where it runs.',
  may: 'cancel-jobs',
  input: z.object({}),
  decide(state, _, { id }) {
    const job = known(state, id);
    if (job.status === 'cancelled') return [];
    follow(JOB_LIFE, job.status, 'cancel');
    return [{ type: 'JobCancelled', data: {} }, ...closing(job, 'cancelled')];
  },
});

export const fenceJob = command({
  name: 'fence',
  summary: "Stop the job because its tenant's switch is off. A job that holds no GPU has nothing to stop.",
  may: 'fence-tenants',
  internal: true,
  input: z.object({ switch: idOf('switch') }),
  decide(state, data, { id }) {
    const job = known(state, id);
    // A queued job waits, barred, and goes on when the switch is on again; an ended one is still already.
    if (job.open === undefined) return [];
    follow(JOB_LIFE, job.status, 'fence');
    return [{ type: 'JobFenced', data }, ...closing(job, 'fenced')];
  },
});
