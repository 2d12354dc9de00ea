import { jobEvents } from '@pioche/contracts';
import { commandsOf, plusSeconds, refuse, type Instant } from '@pioche/kernel';
import type { z } from 'zod';
import { migMilli } from '../engine/mig.js';
import { WHOLE } from '../engine/units.js';
import { job } from './job.js';

const { command } = commandsOf(job);
const { data } = jobEvents.events.JobSubmitted;
const { shape } = data;

/** @see domain rule: a fraction or a MIG instance is of one GPU, so it has one node and one GPU. */
export const Asked = data
  .extend({
    tenant: shape.tenant.optional().meta({ description: "Only for operators; a tenant's own jobs are its own." }),
    nodes: shape.nodes.default(1),
    gpus_per_node: shape.gpus_per_node.default(1),
    gpu_milli: shape.gpu_milli.optional().meta({ description: 'Thousandths of each GPU; absent: the whole GPU, or the share of the MIG profile.' }),
    priority: shape.priority.default(0),
    data_class: shape.data_class.default('internal'),
  })
  .superRefine((asked, check) => {
    const refused = (field: 'nodes' | 'gpus_per_node' | 'gpu_milli', message: string) => check.addIssue({ code: 'custom', path: [field], message });
    const { mig_profile, gpu_milli } = asked;
    if (mig_profile === undefined) {
      if (gpu_milli === undefined || gpu_milli === WHOLE) return;
      if (asked.nodes > 1) refused('nodes', 'A job with a fraction of a GPU has one node: ask for gpu_milli 1000, or for nodes 1.');
      if (asked.gpus_per_node > 1) refused('gpus_per_node', 'A fraction is of one GPU: ask for gpu_milli 1000, or for gpus_per_node 1.');
      return;
    }
    if (asked.nodes > 1) refused('nodes', 'A MIG instance is on one node: ask for nodes 1, or leave mig_profile out.');
    if (asked.gpus_per_node > 1) refused('gpus_per_node', 'A MIG instance is of one GPU: ask for gpus_per_node 1, or leave mig_profile out.');
    const milli = migMilli(mig_profile);
    if (gpu_milli !== undefined && gpu_milli !== milli) refused('gpu_milli', `The share of a ${mig_profile} instance is ${milli}: ask for gpu_milli ${milli}, or leave it out.`);
  });

/** @throws Refusal `deadline-too-soon` when the job cannot have run for its limit by then, if it started now */
function checkDeadline({ deadline, time_limit_s = 0 }: z.infer<typeof Asked>, now: Instant): void {
  if (deadline === undefined) return;
  const earliest = plusSeconds(now, time_limit_s);
  if (deadline < earliest || deadline <= now) refuse('deadline-too-soon', { field: 'deadline', deadline, time_limit_s, earliest });
}

export const submitJob = command({
  name: 'submit',
  summary: 'Put a job in a queue: so many nodes, so many GPUs of each, whole, a fraction of one, or a MIG instance.',
  may: 'submit-jobs',
  creates: true,
  batch: true,
  input: Asked,
  decide(state, asked, context) {
    if (state.status !== 'unknown') refuse('job-exists', { status: state.status });
    const tenant = (context.tenant as typeof asked.tenant) ?? asked.tenant ?? refuse('tenant-required');
    if (asked.tenant !== undefined && asked.tenant !== tenant) refuse('not-your-tenant', { asked: asked.tenant });
    checkDeadline(asked, context.now);
    const gpu_milli = asked.gpu_milli ?? (asked.mig_profile === undefined ? WHOLE : migMilli(asked.mig_profile));
    return [{ type: 'JobSubmitted', data: { ...asked, tenant, gpu_milli } }];
  },
});
