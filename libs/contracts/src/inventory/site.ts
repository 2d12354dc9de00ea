import { z } from 'zod';
import { events } from '../define.js';
import { EXAMPLE, HallId, siteFacts } from './place.js';

export const siteEvents = events('inventory', {
  SiteOpened: {
    version: 1,
    meaning: 'A site is there: halls and machines may be planned in it.',
    data: z.object({ name: z.string().min(1), operator: z.string().min(1), ...siteFacts }),
    example: { name: 'Saclay 1', operator: 'Pioche SAS', country: 'FR', jurisdiction: 'FR', certifications: ['SecNumCloud'] },
  },
  HallAdded: {
    version: 1,
    meaning: 'A hall of the site can take racks, up to its power.',
    data: z.object({ hall: HallId, name: z.string().min(1), power_kw: z.number().positive() }),
    example: { hall: EXAMPLE.hall, name: 'H1', power_kw: 2000 },
  },
});
