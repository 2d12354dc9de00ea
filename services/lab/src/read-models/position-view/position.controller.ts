import { Controller } from '@nestjs/common';
import { EventStore } from '@pioche/event-store';
import { idOf } from '@pioche/kernel';
import { rowsAfter } from '@pioche/projections';
import { asOfQuery, equal, ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { hiringPlan } from '../../position/hiring-plan.js';
import { tenantQuery, tenantScope } from '../scope.js';
import { PositionRow, positionView } from './position-view.js';

const Status = z.enum(['open', 'filled', 'closed']);
const Shown = z.object({
  position: z.string(),
  version: z.int(),
  tenant: z.string(),
  title: z.string(),
  kind: z.enum(['direct', 'indirect']),
  programme: z.string().nullable(),
  planned_start: z.iso.date(),
  status: Status,
  person: z.string().nullable(),
  starts_on: z.iso.date().nullable(),
});
const Count = z.object({ filled: z.int(), arriving: z.int(), late: z.int(), planned: z.int() });
const HiringPlan = z.object({ on: z.iso.date(), direct: Count, indirect: Count });

const Listing = z.object({ ...pageQuery, ...tenantQuery, status: Status.optional(), programme: idOf('programme').optional(), person: idOf('person').optional() });
const ById = z.object({ id: idOf('position') });
const AsOf = z.object(asOfQuery);
const OnDay = z.object({ ...tenantQuery, on: z.iso.date().optional().meta({ description: 'A day; today when absent.' }) });

@Controller()
export class PositionController {
  constructor(
    private readonly db: DataSource,
    private readonly store: EventStore,
  ) {}

  @Query({ path: '/positions', summary: 'The seats of the hiring plan.', may: 'read-lab', query: Listing, returns: pageOf(Shown), from: [positionView] })
  list({ query: { page_size, page_token, ...asked }, caller }: Asked<undefined, typeof Listing>) {
    return pageOfRows(this.db.getRepository(PositionRow), 'position', { page_size, page_token }, equal(asked), caller.tenantFilter);
  }

  @Query({ path: '/positions/{id}', summary: 'One seat, now or as it was.', may: 'read-lab', params: ById, query: AsOf, returns: Shown, from: [positionView] })
  async show({ params: { id }, query: { as_of: asOf }, caller }: Asked<typeof ById, typeof AsOf>) {
    const row = asOf === undefined
      ? await this.db.getRepository(PositionRow).findOneBy({ position: id })
      : rowsAfter(positionView, PositionRow, await this.store.read(id, { asOf }))[0];
    return ownRow(row, caller, { position: id });
  }

  @Query({ path: '/hiring-plan', summary: 'How many seats are filled, late and to be filled, on a day.', may: 'read-lab', query: OnDay, returns: HiringPlan, from: [positionView] })
  async plan({ query: { tenant, on }, caller, now }: Asked<undefined, typeof OnDay>) {
    const rows = await this.db.getRepository(PositionRow).findBy(tenantScope(caller, tenant));
    const day = on ?? now.slice(0, 10);
    return { on: day, ...hiringPlan(rows.map(({ planned_start, starts_on, ...seat }) => ({ ...seat, plannedStart: planned_start, startsOn: starts_on })), day) };
  }
}
