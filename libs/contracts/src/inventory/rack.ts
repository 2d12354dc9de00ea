import { z } from 'zod';
import { events } from '../define.js';
import { EXAMPLE, HallId, SiteId, SuperpodId } from './place.js';

export const rackEvents = events('inventory', {
  RackInstalled: {
    version: 1,
    meaning: 'A rack stands in the hall, with so many units and so much power.',
    data: z.object({
      site: SiteId,
      hall: HallId,
      superpod: SuperpodId.optional(),
      name: z.string().min(1),
      /** Height in rack units. */
      units: z.int().min(1),
      max_kw: z.number().positive(),
    }),
    example: { site: EXAMPLE.site, hall: EXAMPLE.hall, superpod: EXAMPLE.superpod, name: 'p1-su1-r1', units: 48, max_kw: 40.8 },
  },
});
