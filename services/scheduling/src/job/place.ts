/** Where a job runs: issued by the dispatcher with what the engine has decided, appended with the site's plan, all or nothing. */
import { AllocationId, jobEvents, type JobEvent, type NodePlacement } from '@pioche/contracts';
import { commandsOf, follow, refuse, type Id, type Instant } from '@pioche/kernel';
import { z } from 'zod';
import { MIG_PROFILES } from '../engine/mig.js';
import { job, JOB_LIFE, type Submission } from './job.js';
import { closing, known, openAllocation } from './life.js';

const { command } = commandsOf(job);
const { JobPlaced, JobPreemptionOrdered, JobRepaired } = jobEvents.events;
const dispatched = { may: 'dispatch-jobs', internal: true } as const;
const GpuModel = z.string().min(1);

export const placeJob = command({
  ...dispatched,
  name: 'place',
  summary: 'Give the job these GPUs.',
  input: JobPlaced.data.extend({ allocation: AllocationId, gpu_model: GpuModel }),
  decide(state, { gpu_model, ...placed }, { id, now }) {
    const { status, asked } = known(state, id);
    follow(JOB_LIFE, status, 'place');
    checkShape(asked, placed.placements);
    return [{ type: 'JobPlaced', data: placed }, opening(asked, id, { ...placed, gpu_model }, now)];
  },
});

export const repairJob = command({
  ...dispatched,
  name: 'repair',
  summary: 'Let the job go on with other nodes in the place of those that it has lost: another allocation, so that exact GPUs are metered.',
  input: JobRepaired.data,
  decide(state, repaired, { id, now }) {
    const job = known(state, id);
    const { gpu_model } = openAllocation(job, repaired.from);
    follow(JOB_LIFE, job.status, 'repair');
    checkShape(job.asked, repaired.placements);
    return [{ type: 'JobRepaired', data: repaired }, ...closing(job, 'repaired'), opening(job.asked, id, { ...repaired, gpu_model }, now)];
  },
});

export const orderPreemption = command({
  ...dispatched,
  name: 'orderPreemption',
  summary: 'Ask the job to save its progress and to stop.',
  input: JobPreemptionOrdered.data,
  decide(state, order, { id }) {
    const job = known(state, id);
    openAllocation(job, order.allocation);
    if (job.status === 'checkpointing') return [];
    follow(JOB_LIFE, job.status, 'orderPreemption');
    return [{ type: 'JobPreemptionOrdered', data: order }];
  },
});

/** @throws Refusal `placement-shape` */
function checkShape({ nodes, gpus_per_node, mig_profile }: Submission, placements: readonly NodePlacement[]): void {
  const starts: readonly (number | undefined)[] = mig_profile === undefined ? [undefined] : MIG_PROFILES[mig_profile].starts;
  const whole = new Set(placements.map(({ node }) => node)).size === nodes && placements.length === nodes;
  const each = placements.every(({ gpus, mig_start }) => new Set(gpus).size === gpus_per_node && gpus.length === gpus_per_node && starts.includes(mig_start));
  if (!whole || !each) refuse('placement-shape', { nodes, gpus_per_node, ...(mig_profile === undefined ? {} : { mig_profile, mig_start: starts }) });
}

interface Held {
  readonly allocation: z.infer<typeof AllocationId>;
  readonly site: Id<'site'>;
  readonly placements: NodePlacement[];
  readonly gpu_model: string;
}

function opening(asked: Submission, job: string, { allocation, site, placements, gpu_model }: Held, opened_at: Instant): JobEvent {
  const { tenant, project, nodes, gpus_per_node, gpu_milli } = asked;
  return {
    type: 'AllocationOpened',
    data: {
      allocation, job: job as Id<'job'>, tenant, ...(project === undefined ? {} : { project }),
      opened_at, gpu_model, gpu_milli: nodes * gpus_per_node * gpu_milli, site, placements,
    },
  };
}
