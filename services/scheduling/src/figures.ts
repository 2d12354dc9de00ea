/** What operators see of placement. */
import type { FigureDeclaration } from '@pioche/service-kit';

const SITE = 'one per site: tens at most';
const MODEL = 'the models of GPUs: a few';

/** Jobs of these hold GPUs, or want them. Finished ones are counted by their events: their number only grows. */
const HOLDING = `('placed', 'running', 'checkpointing')`;

export const figures: readonly FigureDeclaration[] = [
  {
    name: 'pioche_schedulable_gpus',
    help: 'GPUs that were admitted to scheduling: open to new work, cordoned, withdrawn.',
    labels: { site: SITE, gpu_model: MODEL, status: 'open, cordoned, withdrawn' },
    query: `SELECT site, gpu_model, state.status, coalesce(sum(node.gpus) FILTER (WHERE node.status = state.status), 0) AS value
      FROM site_plan_node node CROSS JOIN unnest(ARRAY['open', 'cordoned', 'withdrawn']) state(status) GROUP BY site, gpu_model, state.status`,
  },
  {
    name: 'pioche_allocated_gpus',
    help: 'GPUs that jobs hold; a part of one counts as that part.',
    labels: { site: SITE, gpu_model: MODEL },
    query: `SELECT site, gpu_model, coalesce(sum(gpu_milli), 0) / 1000.0 AS value FROM (
        SELECT DISTINCT site, gpu_model, 0 AS gpu_milli, '' AS allocation FROM site_plan_node
        UNION ALL SELECT held.site, held.gpu_model, held.gpu_milli, held.allocation FROM job_view JOIN allocation_view held USING (allocation) WHERE status IN ${HOLDING} AND held.closed_at IS NULL
      ) part GROUP BY site, gpu_model`,
  },
  {
    name: 'pioche_jobs',
    help: 'Jobs that want GPUs or hold them.',
    labels: { status: 'queued, placed, running, checkpointing' },
    query: `SELECT state.status, count(job) AS value FROM unnest(ARRAY['queued', 'placed', 'running', 'checkpointing']) state(status) LEFT JOIN job_view job USING (status) GROUP BY state.status`,
  },
  {
    name: 'pioche_oldest_queued_job_age_seconds',
    help: 'Since when the job that has waited longest is there; 0 where none waits.',
    query: `SELECT greatest(0, coalesce((SELECT extract(epoch FROM clock.now - min(submitted_at)) FROM job_view WHERE status = 'queued'), 0)) AS value FROM clock`,
  },
];
