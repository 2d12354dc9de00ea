import { idOf } from '@pioche/kernel';
import { z } from 'zod';
import { events } from '../define.js';

export const programmeEvents = events('lab', {
  ProgrammeOpened: {
    version: 1,
    meaning: 'Projects may be started under this programme.',
    data: z.object({ tenant: idOf('tenant'), name: z.string().min(1), goal: z.string().min(1) }),
    example: { tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41', name: 'Open weather models', goal: 'A ten-day forecast at 1 km, open weights' },
  },
});
