import { AlertClass, HealthSource } from '@pioche/contracts';
import { Instant } from '@pioche/kernel';
import { z } from 'zod';
import type { AlertRow } from './alert-view.js';

export const ShownAlert = z
  .object({
    alert: z.string(),
    node: z.string(),
    gpu: z.string().optional(),
    named: z.string().optional().meta({ description: 'How the source names a GPU that the node is not known to have.' }),
    class: AlertClass,
    source: HealthSource,
    code: z.string(),
    detail: z.string(),
    opened_at: Instant,
    closed_at: Instant.optional(),
    reason: z.string().optional().meta({ description: 'Why it was closed.' }),
  })
  .meta({ id: 'Alert' });

export const shownAlert = ({ alert, node, gpu, named, class: alertClass, source, code, detail, since, until, reason }: AlertRow): z.infer<typeof ShownAlert> => ({
  alert, node, class: alertClass, source, code, detail, opened_at: since,
  ...(gpu === null ? {} : { gpu }),
  ...(named === null ? {} : { named }),
  ...(until === null ? {} : { closed_at: until }),
  ...(reason === null ? {} : { reason }),
});
