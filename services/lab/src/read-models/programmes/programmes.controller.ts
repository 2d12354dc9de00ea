import { Controller } from '@nestjs/common';
import { idOf, refuse } from '@pioche/kernel';
import { pageOf, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Listing, listRows, scope } from '../listing.js';
import { ProgrammeRow, programmes } from './programmes.js';

const ById = z.object({ programme: idOf('programme') });
const Programme = z.object({ id: z.string(), tenant: z.string(), name: z.string(), goal: z.string() });

@Controller()
export class ProgrammesController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/programmes', summary: 'Every programme.', may: 'read-lab', query: Listing, returns: pageOf(Programme), from: [programmes] })
  async listProgrammes({ query: { tenant, ...paging }, caller }: Asked<undefined, typeof Listing>) {
    return listRows(this.db, ProgrammeRow, 'id', scope(caller, { tenant }), paging);
  }

  @Query({ path: '/programmes/{programme}', summary: 'One programme.', may: 'read-lab', params: ById, returns: Programme, from: [programmes] })
  async showProgramme({ params: { programme }, caller }: Asked<typeof ById>) {
    return (await this.db.getRepository(ProgrammeRow).findOneBy(scope(caller, { id: programme }))) ?? refuse('unknown', { programme });
  }
}
