import { idOf } from '@pioche/kernel';
import { z } from 'zod';
import { events } from '../define.js';

export const runEvents = events('lab', {
  RunLinked: {
    version: 1,
    meaning: 'The scheduling job is a run of this project, and of this experiment of it.',
    data: z.object({ tenant: idOf('tenant'), job: idOf('job'), project: idOf('project'), experiment: z.string().min(1).optional() }),
    example: {
      tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41',
      job: 'job_01h2xcejqtf2nbrexx3vqjhp41',
      project: 'project_01h2xcejqtf2nbrexx3vqjhp41',
      experiment: 'lr-sweep-3',
    },
  },
});
