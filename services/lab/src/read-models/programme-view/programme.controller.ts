import { Controller } from '@nestjs/common';
import { idOf } from '@pioche/kernel';
import { equal, ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { tenantQuery } from '../scope.js';
import { ProgrammeRow, programmeView } from './programme-view.js';

const Shown = z.object({ programme: z.string(), version: z.int(), tenant: z.string(), name: z.string(), goal: z.string() });
const Listing = z.object({ ...pageQuery, ...tenantQuery });
const ById = z.object({ id: idOf('programme') });

@Controller()
export class ProgrammeController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/programmes', summary: 'What projects are part of.', may: 'read-lab', query: Listing, returns: pageOf(Shown), from: [programmeView] })
  list({ query, caller }: Asked<undefined, typeof Listing>) {
    return pageOfRows(this.db.getRepository(ProgrammeRow), 'programme', query, equal({ tenant: query.tenant }), caller.tenantFilter);
  }

  @Query({ path: '/programmes/{id}', summary: 'One programme.', may: 'read-lab', params: ById, returns: Shown, from: [programmeView] })
  async show({ params: { id }, caller }: Asked<typeof ById>) {
    return ownRow(await this.db.getRepository(ProgrammeRow).findOneBy({ programme: id }), caller, { programme: id });
  }
}
