import { Controller } from '@nestjs/common';
import { idOf, refuse } from '@pioche/kernel';
import { pageOf, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { nextOccurrences } from '../../event-series/occurrences.js';
import { Listing, listRows, scope, tenantQuery } from '../listing.js';
import { EventSeriesRow, eventSeriesView } from './event-series.js';

const ById = z.object({ series: idOf('event_series') });
const Upcoming = z.object({
  ...tenantQuery,
  from: z.iso.date().optional().meta({ description: 'First day that counts; today when absent.' }),
  count: z.coerce.number().int().min(1).max(100).default(10).meta({ description: 'Occurrences at most.' }),
});

const budget = z.int().meta({ description: 'Cents, for each occurrence.' });
const Change = z.object({ place: z.string().optional(), budget: budget.optional(), cancelled: z.boolean().optional() });
const Series = z.object({
  id: z.string(),
  tenant: z.string(),
  name: z.string(),
  rrule: z.string(),
  starts: z.iso.date(),
  place: z.string(),
  budget,
  changes: z.record(z.string(), Change).meta({ description: 'By day, what is different on it.' }),
});
const Occurrences = z.object({
  items: z.array(z.object({ series: z.string(), tenant: z.string(), name: z.string(), date: z.iso.date(), place: z.string(), budget })),
});

@Controller()
export class EventSeriesController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/event-series', summary: 'Every series of events.', may: 'read-lab', query: Listing, returns: pageOf(Series), from: [eventSeriesView] })
  async listEventSeries({ query: { tenant, ...paging }, caller }: Asked<undefined, typeof Listing>) {
    return listRows(this.db, EventSeriesRow, 'id', scope(caller, { tenant }), paging);
  }

  @Query({ path: '/event-series/{series}', summary: 'One series of events.', may: 'read-lab', params: ById, returns: Series, from: [eventSeriesView] })
  async showEventSeries({ params: { series }, caller }: Asked<typeof ById>) {
    return (await this.db.getRepository(EventSeriesRow).findOneBy(scope(caller, { id: series }))) ?? refuse('unknown', { series });
  }

  @Query({ path: '/events/upcoming', summary: 'What takes place next, of all series, by day.', may: 'read-lab', query: Upcoming, returns: Occurrences, from: [eventSeriesView] })
  async upcomingEvents({ query: { tenant, from, count }, caller, now }: Asked<undefined, typeof Upcoming>) {
    const rows = await this.db.getRepository(EventSeriesRow).findBy(scope(caller, { tenant }));
    const next = rows.flatMap((row) =>
      nextOccurrences(row, from ?? now.slice(0, 10), count).map((occurrence) => ({ series: row.id, tenant: row.tenant, name: row.name, ...occurrence })),
    );
    return { items: next.sort((a, b) => order(a.date, b.date) || order(a.series, b.series)).slice(0, count) };
  }
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
