import { idOf, Instant } from '@pioche/kernel';
import { z } from 'zod';
import { events } from '../define.js';

export const MilestoneId = idOf('milestone');
/** A short name for reports and job names. */
export const ProjectCode = z.string().regex(/^[A-Z][A-Z0-9-]{1,15}$/);

export const projectEvents = events('lab', {
  ProjectStarted: {
    version: 1,
    meaning: 'Jobs of the tenant may be run for this project, and what they cost is its cost.',
    data: z.object({ programme: idOf('programme'), name: z.string().min(1), tenant: idOf('tenant'), code: ProjectCode }),
    example: {
      programme: 'programme_01h2xcejqtf2nbrexx3vqjhp41',
      name: 'Kilometre-scale forecast',
      tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41',
      code: 'METEO-1K',
    },
  },
  MilestonePlanned: {
    version: 1,
    meaning: 'The project is to show this by then; planned again with the same id, it moves.',
    data: z.object({ milestone: MilestoneId, name: z.string().min(1), due: z.iso.date() }),
    example: { milestone: 'milestone_01h2xcejqtf2nbrexx3vqjhp41', name: 'Beats the 9 km model on 2025', due: '2027-03-31' },
  },
  MilestoneReached: {
    version: 1,
    meaning: 'The milestone is shown, by what the evidence names.',
    data: z.object({ milestone: MilestoneId, reached_at: Instant, evidence: z.string().min(1) }),
    example: { milestone: 'milestone_01h2xcejqtf2nbrexx3vqjhp41', reached_at: '2027-03-12T15:00:00.000Z', evidence: 'doi:10.5281/zenodo.0000000' },
  },
});
