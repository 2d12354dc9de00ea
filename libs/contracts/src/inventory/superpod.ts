import { z } from 'zod';
import { events } from '../define.js';
import { EXAMPLE, HallId, NodeModel, SiteId, siteFacts } from './place.js';

export const superpodEvents = events('inventory', {
  SuperpodPlanned: {
    version: 1,
    meaning: 'A SuperPOD will stand in the hall. Its racks, nodes, switches and cables follow from this alone, always the same.',
    data: z.object({
      name: z.string().min(1),
      site: SiteId,
      hall: HallId,
      scalable_units: z.int().min(1),
      model: NodeModel,
      /** Hours that each node burns in; 0 waives it (a simulation). */
      burn_in_hours: z.int().min(0),
      ...siteFacts,
    }),
    example: { name: 'p1', site: EXAMPLE.site, hall: EXAMPLE.hall, scalable_units: 4, model: 'DGX H100', burn_in_hours: 72, country: 'FR', jurisdiction: 'FR', certifications: ['SecNumCloud'] },
  },
});
