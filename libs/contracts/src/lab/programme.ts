import { z } from 'zod';
import { events } from '../define.js';

export const programmeEvents = events('lab', {
  ProgrammeOpened: {
    version: 1,
    meaning: 'Projects may be started under this programme.',
    data: z.object({ name: z.string().min(1), goal: z.string().min(1) }),
    example: { name: 'Open weather models', goal: 'A ten-day forecast at 1 km, open weights' },
  },
});
