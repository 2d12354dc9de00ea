import { idOf } from '@pioche/kernel';
import { z } from 'zod';
import { events } from '../define.js';

const Cents = z.int().nonnegative().meta({ description: 'Cents, for each occurrence.' });

export const eventSeriesEvents = events('lab', {
  EventSeriesPlanned: {
    version: 1,
    meaning: 'The event takes place on every day of the rule, at this place, with this budget each; planned again, it changes for days to come.',
    data: z.object({
      tenant: idOf('tenant'),
      name: z.string().min(1),
      rrule: z.string().min(1).meta({ description: 'RFC 5545 recurrence rule, without DTSTART.' }),
      starts: z.iso.date().meta({ description: 'First day the rule counts from (its DTSTART).' }),
      place: z.string().min(1),
      budget: Cents,
    }),
    example: {
      tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41',
      name: 'Pioche conference',
      rrule: 'FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=17',
      starts: '2025-11-17',
      place: 'Station F, Paris',
      budget: 25_000_000,
    },
  },
  EventOccurrenceChanged: {
    version: 1,
    meaning: 'On this one day the event has another place or budget, or does not take place.',
    data: z.object({ date: z.iso.date(), place: z.string().min(1).optional(), budget: Cents.optional(), cancelled: z.boolean().optional() }),
    example: { date: '2027-11-17', place: 'Grenoble', budget: 30_000_000 },
  },
});
