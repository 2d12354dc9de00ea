import { Controller } from '@nestjs/common';
import { idOf } from '@pioche/kernel';
import { equal, ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { tenantQuery } from '../scope.js';
import { PersonRow, personView } from './person-view.js';

const Shown = z.object({
  person: z.string(),
  version: z.int(),
  tenant: z.string(),
  directory: z.string().meta({ description: 'Key into the directory, where name and contact are.' }),
  joined_on: z.iso.date(),
  left_on: z.iso.date().nullable(),
});
const Listing = z.object({ ...pageQuery, ...tenantQuery });
const ById = z.object({ id: idOf('person') });

@Controller()
export class PersonController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/people', summary: 'Those who may be named; who they are stands in the directory.', may: 'read-lab', query: Listing, returns: pageOf(Shown), from: [personView] })
  list({ query, caller }: Asked<undefined, typeof Listing>) {
    return pageOfRows(this.db.getRepository(PersonRow), 'person', query, equal({ tenant: query.tenant }), caller.tenantFilter);
  }

  @Query({ path: '/people/{id}', summary: 'One person.', may: 'read-lab', params: ById, returns: Shown, from: [personView] })
  async show({ params: { id }, caller }: Asked<typeof ById>) {
    return ownRow(await this.db.getRepository(PersonRow).findOneBy({ person: id }), caller, { person: id });
  }
}
