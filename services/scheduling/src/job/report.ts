/** What a node's agent reports of an allocation. Each may come again: a repeated report is no event. */
import { AllocationId } from '@pioche/contracts';
import { commandsOf, follow } from '@pioche/kernel';
import { z } from 'zod';
import { job, JOB_LIFE } from './job.js';
import { closing, hasEnded, known, openAllocation } from './life.js';

const { command } = commandsOf(job);
const Report = z.object({ allocation: AllocationId });
const reported = { may: 'report-jobs', internal: true } as const;

export const startJob = command({
  ...reported,
  name: 'start',
  summary: "The job's processes run on all nodes of the allocation.",
  input: Report,
  decide(state, { allocation }, { id }) {
    const job = known(state, id);
    openAllocation(job, allocation);
    if (job.status === 'running') return [];
    follow(JOB_LIFE, job.status, 'start');
    return [{ type: 'JobStarted', data: { allocation } }];
  },
});

export const checkpointJob = command({
  ...reported,
  name: 'checkpoint',
  summary: 'The job has saved its progress. Checkpoints of an allocation are counted from 1.',
  input: Report.extend({ checkpoint: z.int().min(1).optional().meta({ description: 'Absent: the next one.' }) }),
  decide(state, { allocation, checkpoint: counted }, { id }) {
    const job = known(state, id);
    const checkpoint = counted ?? job.checkpoints + 1;
    openAllocation(job, allocation);
    follow(JOB_LIFE, job.status, 'checkpoint');
    return checkpoint <= job.checkpoints ? [] : [{ type: 'JobCheckpointed', data: { allocation, checkpoint } }];
  },
});

export const succeedJob = command({
  ...reported,
  name: 'succeed',
  summary: 'The job has ended well.',
  input: Report,
  decide(state, { allocation }, { id }) {
    const job = known(state, id);
    if (hasEnded(job, allocation, 'succeeded')) return [];
    openAllocation(job, allocation);
    follow(JOB_LIFE, job.status, 'succeed');
    return [{ type: 'JobSucceeded', data: { allocation } }, ...closing(job, 'succeeded')];
  },
});

export const failJob = command({
  ...reported,
  name: 'fail',
  summary: 'The job has ended badly.',
  input: Report.extend({ reason: z.string().min(1) }),
  decide(state, { allocation, reason }, { id }) {
    const job = known(state, id);
    if (hasEnded(job, allocation, 'failed')) return [];
    openAllocation(job, allocation);
    follow(JOB_LIFE, job.status, 'fail');
    return [{ type: 'JobFailed', data: { allocation, reason } }, ...closing(job, 'failed')];
  },
});

export const requeueJob = command({
  ...reported,
  name: 'requeue',
  summary: 'Put the job back in its queue, at the place of its first arrival: its node is gone, or its GPUs are needed.',
  input: Report.extend({ reason: z.string().min(1) }),
  decide(state, { allocation, reason }, { id }) {
    const job = known(state, id);
    if (hasEnded(job, allocation, 'requeued')) return [];
    openAllocation(job, allocation);
    follow(JOB_LIFE, job.status, 'requeue');
    return [{ type: 'JobRequeued', data: { allocation, reason } }, ...closing(job, 'requeued')];
  },
});
