import { jobEvents } from '@pioche/contracts';
import { commandsOf, refuse } from '@pioche/kernel';
import { job } from './job.js';

const { command } = commandsOf(job);
const { data } = jobEvents.events.JobSubmitted;
const { shape } = data;

/** @see domain rule: a fraction is of one GPU, so it has one node and one GPU. */
const Asked = data
  .extend({
    tenant: shape.tenant.optional().meta({ description: "Only for operators; a tenant's own jobs are its own." }),
    nodes: shape.nodes.default(1),
    gpus_per_node: shape.gpus_per_node.default(1),
    gpu_milli: shape.gpu_milli.default(1000),
    priority: shape.priority.default(0),
    data_class: shape.data_class.default('internal'),
  })
  .superRefine((asked, check) => {
    if (asked.gpu_milli === 1000) return;
    if (asked.nodes > 1) check.addIssue({ code: 'custom', path: ['nodes'], message: 'A job with a fraction of a GPU has one node: ask for gpu_milli 1000, or for nodes 1.' });
    if (asked.gpus_per_node > 1) check.addIssue({ code: 'custom', path: ['gpus_per_node'], message: 'A fraction is of one GPU: ask for gpu_milli 1000, or for gpus_per_node 1.' });
  });

export const submitJob = command({
  name: 'submit',
  summary: 'Put a job in a queue: so many nodes, so many GPUs of each, whole or a fraction of one.',
  may: 'submit-jobs',
  creates: true,
  batch: true,
  input: Asked,
  decide(state, asked, context) {
    if (state.status !== 'unknown') refuse('job-exists', { status: state.status });
    const tenant = (context.tenant as typeof asked.tenant) ?? asked.tenant ?? refuse('tenant-required');
    if (asked.tenant !== undefined && asked.tenant !== tenant) refuse('not-your-tenant', { asked: asked.tenant });
    return [{ type: 'JobSubmitted', data: { ...asked, tenant } }];
  },
});
