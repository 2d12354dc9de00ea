import { Controller } from '@nestjs/common';
import { EventStore } from '@pioche/event-store';
import { idOf } from '@pioche/kernel';
import { rowsAfter } from '@pioche/projections';
import { asOfQuery, equal, ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { nextOccurrences } from '../../event-series/occurrences.js';
import { tenantQuery, tenantScope } from '../scope.js';
import { EventSeriesRow, eventSeriesView } from './event-series-view.js';

const budget = z.int().meta({ description: 'Cents, for each occurrence.' });
const Change = z.object({ place: z.string().optional(), budget: budget.optional(), cancelled: z.boolean().optional() });
const Shown = z.object({
  event_series: z.string(),
  version: z.int(),
  tenant: z.string(),
  name: z.string(),
  rrule: z.string(),
  starts: z.iso.date(),
  place: z.string(),
  budget,
  changes: z.record(z.string(), Change).meta({ description: 'By day, what is different on it.' }),
});
const Occurrence = z.object({ event_series: z.string(), tenant: z.string(), name: z.string(), date: z.iso.date(), place: z.string(), budget });

const Listing = z.object({ ...pageQuery, ...tenantQuery });
const ById = z.object({ id: idOf('event_series') });
const AsOf = z.object(asOfQuery);
const Upcoming = z.object({
  ...tenantQuery,
  from: z.iso.date().optional().meta({ description: 'First day that counts; today when absent.' }),
  count: z.coerce.number().int().min(1).max(100).default(10).meta({ description: 'Occurrences at most.' }),
});

@Controller()
export class EventSeriesController {
  constructor(
    private readonly db: DataSource,
    private readonly store: EventStore,
  ) {}

  @Query({ path: '/event-series', summary: 'Events that come again, by their rule.', may: 'read-lab', query: Listing, returns: pageOf(Shown), from: [eventSeriesView] })
  list({ query, caller }: Asked<undefined, typeof Listing>) {
    return pageOfRows(this.db.getRepository(EventSeriesRow), 'event_series', query, equal({ tenant: query.tenant }), caller.tenantFilter);
  }

  @Query({ path: '/event-series/{id}', summary: 'One series, now or as it was.', may: 'read-lab', params: ById, query: AsOf, returns: Shown, from: [eventSeriesView] })
  async show({ params: { id }, query: { as_of: asOf }, caller }: Asked<typeof ById, typeof AsOf>) {
    const row = asOf === undefined
      ? await this.db.getRepository(EventSeriesRow).findOneBy({ event_series: id })
      : rowsAfter(eventSeriesView, EventSeriesRow, await this.store.read(id, { asOf }))[0];
    return ownRow(row, caller, { event_series: id });
  }

  @Query({ path: '/events/upcoming', summary: 'What takes place next, of all series, day by day.', may: 'read-lab', query: Upcoming, returns: z.object({ items: z.array(Occurrence) }), from: [eventSeriesView] })
  async upcoming({ query: { tenant, from, count }, caller, now }: Asked<undefined, typeof Upcoming>) {
    const rows = await this.db.getRepository(EventSeriesRow).find({ where: tenantScope(caller, tenant), order: { event_series: 'ASC' } });
    const next = rows.flatMap((row) => {
      const { event_series, tenant: owner, name } = row;
      return nextOccurrences(row, from ?? now.slice(0, 10), count).map((occurrence) => ({ event_series, tenant: owner, name, ...occurrence }));
    });
    return { items: next.sort((a, b) => a.date.localeCompare(b.date)).slice(0, count) };
  }
}
