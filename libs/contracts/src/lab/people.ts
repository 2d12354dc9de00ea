import { idOf } from '@pioche/kernel';
import { z } from 'zod';
import { events } from '../define.js';

export const positionEvents = events('lab', {
  PositionOpened: {
    version: 1,
    meaning: 'The hiring plan counts one more seat, to be filled by planned_start.',
    data: z.object({
      tenant: idOf('tenant'),
      title: z.string().min(1),
      kind: z.enum(['direct', 'indirect']).meta({ description: 'Employed here, or by someone else for us.' }),
      programme: idOf('programme').optional(),
      planned_start: z.iso.date(),
    }),
    example: { tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41', title: 'Research engineer, training systems', kind: 'direct', planned_start: '2027-01-04' },
  },
  PositionFilled: {
    version: 1,
    meaning: 'The person has the seat from starts_on.',
    data: z.object({ person: idOf('person'), starts_on: z.iso.date() }),
    example: { person: 'person_01h2xcejqtf2nbrexx3vqjhp41', starts_on: '2027-01-18' },
  },
  PositionVacated: {
    version: 1,
    meaning: 'The seat is open again from this day.',
    data: z.object({ person: idOf('person'), on: z.iso.date() }),
    example: { person: 'person_01h2xcejqtf2nbrexx3vqjhp41', on: '2029-06-30' },
  },
  PositionClosed: {
    version: 1,
    meaning: 'The seat is no longer in the hiring plan.',
    data: z.object({ reason: z.string().min(1) }),
    example: { reason: 'merged with the data team’s' },
  },
});

export const personEvents = events('lab', {
  PersonJoined: {
    version: 1,
    meaning: 'Someone may be named by this id; name and contact stay in the directory, so that nothing personal is in the log.',
    data: z.object({ tenant: idOf('tenant'), directory: z.string().min(1), joined_on: z.iso.date() }),
    example: { tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41', directory: 'uid=4711', joined_on: '2027-01-18' },
  },
  PersonLeft: {
    version: 1,
    meaning: 'The person works here no more.',
    data: z.object({ left_on: z.iso.date() }),
    example: { left_on: '2029-06-30' },
  },
});
