import { sitePlanEvents } from '@pioche/contracts';
import { epochMs, idOf, Instant, refuse, unreachable, type Instant as Moment } from '@pioche/kernel';
import type { Caller } from '@pioche/service-kit';
import { z } from 'zod';
import { askOf } from '../../dispatch/replay.js';
import type { Picture } from '../../dispatch/picture.js';
import type { Question } from '../../engine/index.js';
import { migMilli } from '../../engine/mig.js';
import { WHOLE } from '../../engine/units.js';
import { Asked } from '../../job/submit.js';
import { quotaInput } from '../../quota/quota.commands.js';

/** The name of a job that is only supposed. */
export const SUPPOSED = 'supposed';

const JobSupposed = z.object({ kind: z.literal('job'), job: Asked }).meta({ description: 'This job were submitted now.' });
const DrainSupposed = z
  .object({
    kind: z.literal('drain'),
    site: idOf('site'),
    nodes: z.array(idOf('node')).min(1).optional(),
    rack: idOf('rack').optional().meta({ description: 'All nodes of the rack.' }),
    scalable_unit: z.int().min(1).optional().meta({ description: 'All nodes of the unit.' }),
    deadline: Instant.optional().meta({ description: 'Until then what runs there goes on; absent: they were drained at once.' }),
  })
  .refine(({ nodes, rack, scalable_unit }) => [nodes, rack, scalable_unit].some((each) => each !== undefined), { path: ['nodes'], message: 'Say which: nodes, a rack, or a scalable_unit.' });
const QuotaSupposed = z.object({ kind: z.literal('quota'), tenant: idOf('tenant'), ...quotaInput.omit({ tenant: true }).shape });
const CapSupposed = z.object({
  kind: z.literal('power-cap'),
  site: idOf('site'),
  cap: sitePlanEvents.events.PowerCapSet.data.omit({ site: true }).nullable().meta({ description: 'Null: there were none.' }),
});
const PrioritySupposed = z.object({ kind: z.literal('priority'), job: idOf('job'), priority: z.int() }).meta({ description: 'This job, which waits, had another priority.' });

const KINDS = [JobSupposed, DrainSupposed, QuotaSupposed, CapSupposed, PrioritySupposed] as const;
export const Supposition = z.discriminatedUnion('kind', KINDS, {
  error: ({ code }) => (code === 'invalid_union' ? `One of ${KINDS.map(({ shape }) => shape.kind.value).join(', ')} is expected.` : undefined),
});
export type Supposition = z.infer<typeof Supposition>;

/**
 * The question as the engine takes it.
 * @throws Refusal `question-for-operators` when a tenant asks about what is not its own; `unknown` for a job that does
 * not wait or is another tenant's, and for a site without nodes; `node-unknown` when no node is meant
 */
export function questionOf(supposed: Supposition, picture: Picture, caller: Caller, now: Moment): Question {
  const { tenant } = caller;
  switch (supposed.kind) {
    case 'job': {
      const { job } = supposed;
      const owner = job.tenant ?? (tenant as typeof job.tenant) ?? refuse('tenant-required', { field: 'job/tenant' });
      if (tenant !== undefined && owner !== tenant) refuse('not-your-tenant', { field: 'job/tenant', asked: owner });
      const gpu_milli = job.gpu_milli ?? (job.mig_profile === undefined ? WHOLE : migMilli(job.mig_profile));
      return { kind: 'job', ask: askOf(SUPPOSED, { ...job, tenant: owner, gpu_milli }, epochMs(now)) };
    }
    case 'priority': {
      const state = picture.jobs.get(supposed.job)?.state;
      const foreign = state && state.status !== 'unknown' && tenant !== undefined && state.asked.tenant !== tenant;
      if (!state || foreign) refuse('unknown', { job: supposed.job });
      return { kind: 'priority', job: supposed.job, priority: supposed.priority };
    }
    case 'drain':
      if (tenant !== undefined) refuse('question-for-operators', { kind: supposed.kind });
      return { kind: 'drain', nodes: nodesOf(supposed, picture), ...(supposed.deadline === undefined ? {} : { deadlineMs: epochMs(supposed.deadline) }) };
    case 'quota': {
      if (tenant !== undefined) refuse('question-for-operators', { kind: supposed.kind });
      const { guaranteed_gpus: guaranteed, borrowable_gpus: borrowable, weight } = supposed;
      return { kind: 'quota', tenant: supposed.tenant, quota: { guaranteed, borrowable, weight } };
    }
    case 'power-cap': {
      if (tenant !== undefined) refuse('question-for-operators', { kind: supposed.kind });
      if (!picture.planFor(supposed.site)) refuse('unknown', { site: supposed.site });
      const { site, cap } = supposed;
      return { kind: 'power-cap', site, ...(cap === null ? {} : { cap: { maxWatts: cap.max_watts, gpuWatts: Object.fromEntries(cap.gpu_watts.map(({ gpu_model, watts }) => [gpu_model, watts])) } }) };
    }
    default:
      return unreachable(supposed);
  }
}

function nodesOf({ site, nodes = [], rack, scalable_unit }: Extract<Supposition, { kind: 'drain' }>, picture: Picture): string[] {
  const plan = picture.planFor(site) ?? refuse('unknown', { site });
  const named = new Set<string>(nodes);
  const missing = nodes.filter((node) => !plan.state.nodes.has(node));
  const meant = [...plan.state.nodes.values()].filter(({ node }) => named.has(node.node) || node.rack === rack || node.scalable_unit === scalable_unit);
  if (missing.length > 0 || meant.length === 0) refuse('node-unknown', { site, nodes: missing, rack: rack ?? null, scalable_unit: scalable_unit ?? null });
  return meant.map(({ node }) => node.node);
}
