/** Words that the scheduling context's events share: where a job runs, and by what right. */
import { idOf } from '@pioche/kernel';
import { z } from 'zod';
import { GpuId, NodeId } from '../inventory/place.js';

/** One stay of a job on GPUs, from its placement to its end: what is metered. */
export const AllocationId = idOf('allocation');

/** An instance of this MIG profile is one isolated part of an H100 80GB: so many compute and memory slices. */
export const MigProfile = z.enum(['1g.10gb', '1g.20gb', '2g.20gb', '3g.40gb', '4g.40gb', '7g.80gb']);
export type MigProfile = z.infer<typeof MigProfile>;

export const NodePlacement = z.object({
  node: NodeId,
  gpus: z.array(GpuId).min(1),
  mig_start: z.int().min(0).max(7).optional().meta({ description: 'Of a MIG instance: the first of its memory slices, as in `nvidia-smi mig -lgipp`.' }),
});
export type NodePlacement = z.infer<typeof NodePlacement>;

/** Which nodes, and which GPUs of each; in the order of the gang's ranks. */
export const Placements = z.array(NodePlacement).min(1).meta({ description: 'The exact GPUs, node by node, in rank order.' });

/** Without one nothing is placed: the rules that allowed it, and the version of the policy they are in. */
export const PermitGiven = z.object({
  policy: idOf('policy'),
  policy_version: z.int().positive(),
  rules: z.array(z.string().min(1)).min(1).meta({ description: '@id of every rule that allowed it, sorted.' }),
});
export type PermitGiven = z.infer<typeof PermitGiven>;

/** Thousandths of one GPU: 1000 is a whole one. */
export const GpuMilli = z.int().min(1).max(1000).meta({ description: 'Thousandths of each GPU; 1000 is the whole GPU.' });

export const TimeLimit = z.int().min(1).meta({ description: 'Seconds; the job is ended when it has run for longer.' });
