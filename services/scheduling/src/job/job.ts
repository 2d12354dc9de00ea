import { unreachable, type Decider } from '@pioche/kernel';
import type { AllocationEnd, FactOf, JobEvent, jobEvents } from '@pioche/contracts';

/** Status → what may be done → status. A job is in its queue as soon as it is submitted. */
export const JOB_LIFE = {
  queued: { place: 'placed', cancel: 'cancelled' },
  placed: { start: 'running', fail: 'failed', orderPreemption: 'checkpointing', repair: 'placed', requeue: 'queued', cancel: 'cancelled', fence: 'fenced' },
  running: { checkpoint: 'running', succeed: 'succeeded', fail: 'failed', orderPreemption: 'checkpointing', repair: 'placed', requeue: 'queued', cancel: 'cancelled', fence: 'fenced' },
  // Asked to save its progress and to stop; it may still end by itself before it has.
  checkpointing: { start: 'checkpointing', checkpoint: 'checkpointing', preempt: 'queued', succeed: 'succeeded', fail: 'failed', repair: 'placed', requeue: 'queued', cancel: 'cancelled', fence: 'fenced' },
  succeeded: {},
  failed: {},
  cancelled: {},
  fenced: {},
} as const;
export type JobStatus = keyof typeof JOB_LIFE;

type DataOf<T extends JobEvent['type']> = Extract<FactOf<typeof jobEvents>, { type: T }>['data'];
export type Submission = DataOf<'JobSubmitted'>;
export type OpenAllocation = DataOf<'AllocationOpened'>;

export type Job =
  | { readonly status: 'unknown' }
  | {
      readonly status: JobStatus;
      readonly asked: Submission;
      /** Present while it holds GPUs. */
      readonly open?: OpenAllocation | undefined;
      /** Its processes run on the open allocation. */
      readonly started?: boolean | undefined;
      /** Checkpoints of the open allocation. */
      readonly checkpoints: number;
      /** The last allocation that has ended, and how: a repeated report of its end is no news. */
      readonly closed?: { readonly allocation: string; readonly reason: AllocationEnd } | undefined;
    };

export const job: Decider<Job, JobEvent> = {
  name: 'job',
  initial: { status: 'unknown' },
  tenantOf: (state) => (state.status === 'unknown' ? undefined : state.asked.tenant),
  evolve(state, event) {
    if (event.type === 'JobSubmitted') return { status: 'queued', asked: event.data, checkpoints: 0 };
    if (state.status === 'unknown') return state; // nothing comes before the submission
    switch (event.type) {
      case 'JobPlaced':
      case 'JobRepaired':
        return { ...state, status: 'placed' };
      case 'AllocationOpened':
        return { ...state, open: event.data, started: false, checkpoints: 0 };
      case 'JobStarted':
        return { ...state, status: state.status === 'checkpointing' ? state.status : 'running', started: true };
      case 'JobPreemptionOrdered':
        return { ...state, status: 'checkpointing' };
      case 'JobCheckpointed':
        return { ...state, checkpoints: event.data.checkpoint };
      case 'JobPreempted':
      case 'JobRequeued':
        return { ...state, status: 'queued' };
      case 'JobSucceeded':
        return { ...state, status: 'succeeded' };
      case 'JobFailed':
        return { ...state, status: 'failed' };
      case 'JobCancelled':
        return { ...state, status: 'cancelled' };
      case 'JobFenced':
        return { ...state, status: 'fenced' };
      case 'AllocationClosed':
        return { ...state, open: undefined, closed: { allocation: event.data.allocation, reason: event.data.reason } };
      default:
        return unreachable(event);
    }
  },
};
