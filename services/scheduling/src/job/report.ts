/** What a node's agent reports of an allocation. Each may come again: a repeated report is no event. */
import { AllocationId, type JobEvent } from '@pioche/contracts';
import { commandsOf, follow } from '@pioche/kernel';
import { z } from 'zod';
import { job, JOB_LIFE } from './job.js';
import { closing, hasEnded, known, openAllocation, type KnownJob } from './life.js';

const { command } = commandsOf(job);
const Report = z.object({ allocation: AllocationId });
const Checkpoint = z.int().min(1);
const reported = { may: 'report-jobs', internal: true } as const;

export const startJob = command({
  ...reported,
  name: 'start',
  summary: "The job's processes run on all nodes of the allocation.",
  input: Report,
  decide(state, { allocation }, { id }) {
    const job = known(state, id);
    openAllocation(job, allocation);
    if (job.started) return [];
    follow(JOB_LIFE, job.status, 'start');
    return [{ type: 'JobStarted', data: { allocation } }];
  },
});

export const checkpointJob = command({
  ...reported,
  name: 'checkpoint',
  summary: 'The job has saved its progress. Checkpoints of an allocation are counted from 1.',
  input: Report.extend({ checkpoint: Checkpoint.optional().meta({ description: 'Absent: the next one.' }) }),
  decide(state, { allocation, checkpoint: counted }, { id }) {
    const job = known(state, id);
    openAllocation(job, allocation);
    follow(JOB_LIFE, job.status, 'checkpoint');
    return saved(job, allocation, counted ?? job.checkpoints + 1);
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

export const preemptJob = command({
  ...reported,
  name: 'preempt',
  summary: 'The job has saved its progress and stopped, as it was asked to; it waits again.',
  input: Report.extend({ checkpoint: Checkpoint.optional().meta({ description: 'The one that it saved last; absent: it saved none.' }) }),
  decide(state, { allocation, checkpoint = 0 }, { id }) {
    const job = known(state, id);
    if (hasEnded(job, allocation, 'preempted')) return [];
    openAllocation(job, allocation);
    follow(JOB_LIFE, job.status, 'preempt');
    return [...saved(job, allocation, checkpoint), { type: 'JobPreempted', data: { allocation } }, ...closing(job, 'preempted')];
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

/** A checkpoint that is told again, or after a later one, is no news. */
const saved = ({ checkpoints }: KnownJob, allocation: z.infer<typeof AllocationId>, checkpoint: number): JobEvent[] =>
  checkpoint > checkpoints ? [{ type: 'JobCheckpointed', data: { allocation, checkpoint } }] : [];
