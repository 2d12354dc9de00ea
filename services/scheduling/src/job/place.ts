import { AllocationId, jobEvents } from '@pioche/contracts';
import { commandsOf, follow, refuse, type Id } from '@pioche/kernel';
import { z } from 'zod';
import { job, JOB_LIFE } from './job.js';
import { known } from './life.js';

const { command } = commandsOf(job);
const { data } = jobEvents.events.JobPlaced;

/** Issued by the dispatcher with what the engine has decided; appended with the site's plan, all or nothing. */
export const placeJob = command({
  name: 'place',
  summary: 'Give the job these GPUs.',
  may: 'dispatch-jobs',
  internal: true,
  input: data.extend({ allocation: AllocationId, gpu_model: z.string().min(1) }),
  decide(state, { gpu_model, ...placed }, { id, now }) {
    const { status, asked } = known(state, id);
    follow(JOB_LIFE, status, 'place');
    const nodes = new Set(placed.placements.map(({ node }) => node));
    const whole = nodes.size === asked.nodes && placed.placements.length === asked.nodes;
    if (!whole || placed.placements.some(({ gpus }) => new Set(gpus).size !== asked.gpus_per_node || gpus.length !== asked.gpus_per_node))
      refuse('placement-shape', { nodes: asked.nodes, gpus_per_node: asked.gpus_per_node });
    return [
      { type: 'JobPlaced', data: placed },
      {
        type: 'AllocationOpened',
        data: {
          allocation: placed.allocation,
          job: id as Id<'job'>,
          tenant: asked.tenant,
          ...(asked.project === undefined ? {} : { project: asked.project }),
          opened_at: now,
          gpu_model,
          gpu_milli: asked.nodes * asked.gpus_per_node * asked.gpu_milli,
          site: placed.site,
          placements: placed.placements,
        },
      },
    ];
  },
});
