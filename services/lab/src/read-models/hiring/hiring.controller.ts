import { Controller } from '@nestjs/common';
import { idOf, refuse } from '@pioche/kernel';
import { pageOf, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { hiringPlan, type Seat } from '../../position/hiring-plan.js';
import { Listing, listRows, scope, tenantQuery } from '../listing.js';
import { people, PersonRow, PositionRow, positions } from './hiring.js';

const PositionById = z.object({ position: idOf('position') });
const PersonById = z.object({ person: idOf('person') });
const Positions = Listing.extend({
  status: z.enum(['open', 'filled', 'closed']).optional(),
  programme: idOf('programme').optional(),
  person: idOf('person').optional(),
});
const Plan = z.object({ ...tenantQuery, on: z.iso.date().optional().meta({ description: 'A day; today when absent.' }) });

const Position = z.object({
  id: z.string(),
  tenant: z.string(),
  title: z.string(),
  kind: z.enum(['direct', 'indirect']),
  programme: z.string().nullable(),
  planned_start: z.iso.date(),
  status: z.enum(['open', 'filled', 'closed']),
  person: z.string().nullable(),
  starts_on: z.iso.date().nullable(),
});
const Person = z.object({ id: z.string(), tenant: z.string(), directory: z.string(), joined_on: z.iso.date(), left_on: z.iso.date().nullable() });
const Count = z.object({ filled: z.int(), arriving: z.int(), late: z.int(), planned: z.int() });
const HiringPlan = z.object({ on: z.iso.date(), direct: Count, indirect: Count });

@Controller()
export class HiringController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/positions', summary: 'Every seat of the hiring plan.', may: 'read-lab', query: Positions, returns: pageOf(Position), from: [positions] })
  async listPositions({ query: { page_size, page_token, ...filters }, caller }: Asked<undefined, typeof Positions>) {
    return listRows(this.db, PositionRow, 'id', scope(caller, filters), { page_size, page_token });
  }

  @Query({ path: '/positions/{position}', summary: 'One seat.', may: 'read-lab', params: PositionById, returns: Position, from: [positions] })
  async showPosition({ params: { position }, caller }: Asked<typeof PositionById>) {
    return (await this.db.getRepository(PositionRow).findOneBy(scope(caller, { id: position }))) ?? refuse('unknown', { position });
  }

  @Query({ path: '/hiring-plan', summary: 'How many seats are filled, to be filled and late, on a day.', may: 'read-lab', query: Plan, returns: HiringPlan, from: [positions] })
  async hiringPlan({ query: { tenant, on }, caller, now }: Asked<undefined, typeof Plan>) {
    const rows = await this.db.getRepository(PositionRow).findBy(scope(caller, { tenant }));
    const day = on ?? now.slice(0, 10);
    return { on: day, ...hiringPlan(rows.map(seatOf), day) };
  }

  @Query({ path: '/people', summary: 'Everyone who may be named; who they are stands in the directory.', may: 'read-lab', query: Listing, returns: pageOf(Person), from: [people] })
  async listPeople({ query: { tenant, ...paging }, caller }: Asked<undefined, typeof Listing>) {
    return listRows(this.db, PersonRow, 'id', scope(caller, { tenant }), paging);
  }

  @Query({ path: '/people/{person}', summary: 'One person.', may: 'read-lab', params: PersonById, returns: Person, from: [people] })
  async showPerson({ params: { person }, caller }: Asked<typeof PersonById>) {
    return (await this.db.getRepository(PersonRow).findOneBy(scope(caller, { id: person }))) ?? refuse('unknown', { person });
  }
}

const seatOf = ({ status, kind, planned_start, starts_on }: PositionRow): Seat => ({ status, kind, plannedStart: planned_start, startsOn: starts_on });
