/** A node as queries show it. */
import { InstalledGpu, NodeStatus } from '@pioche/contracts';
import { Instant } from '@pioche/kernel';
import { z } from 'zod';
import type { NodeRow } from './node-view.js';

export const ShownNode = z
  .object({
    node: z.string(),
    name: z.string(),
    status: NodeStatus,
    since: Instant.meta({ description: 'When this status began.' }),
    due: Instant.optional().meta({ description: 'When it should end; absent: it may last.' }),
    sla_breached: z.boolean(),
    site: z.string(),
    superpod: z.string().optional(),
    rack: z.string().optional(),
    unit: z.int().optional().meta({ description: 'Lowest rack unit it fills, counted from 1 at the floor.' }),
    scalable_unit: z.int(),
    rank: z.int(),
    model: z.string(),
    country: z.string(),
    jurisdiction: z.string(),
    certifications: z.array(z.string()),
    gpus: z.array(InstalledGpu),
    version: z.int().meta({ description: 'For If-Match.' }),
  })
  .meta({ id: 'Node' });
export type ShownNode = z.infer<typeof ShownNode>;

export function shown({ node, status, since, due, breached, version, state }: NodeRow): ShownNode {
  const { identity, place, gpus } = state;
  return { node, ...identity, ...place, status, since, ...(due === null ? {} : { due }), sla_breached: breached, gpus: [...gpus], version };
}
