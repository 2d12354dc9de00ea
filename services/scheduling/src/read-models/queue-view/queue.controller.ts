import { Controller } from '@nestjs/common';
import { idOf } from '@pioche/kernel';
import { ownRow, pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { QueueRow, queueView } from './queue-view.js';

const Shown = z.object({
  queue: z.string(),
  version: z.int(),
  name: z.string(),
  priority: z.int(),
  default_time_limit_s: z.int(),
  min_run_s: z.int().nullable().meta({ description: 'Seconds that a job runs before it may be asked to make room; null: 600.' }),
  grace_s: z.int().nullable().meta({ description: 'Seconds that it then has to save its progress and stop; null: 120.' }),
});
const Listing = z.object(pageQuery);
const ById = z.object({ id: idOf('queue') });

@Controller()
export class QueueController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/queues', summary: 'Queues. Of two the one with the higher priority is served first.', may: 'read-jobs', query: Listing, returns: pageOf(Shown), from: [queueView] })
  list({ query }: Asked<undefined, typeof Listing>) {
    return pageOfRows(this.db.getRepository(QueueRow), 'queue', query);
  }

  @Query({ path: '/queues/{id}', summary: 'One queue.', may: 'read-jobs', params: ById, returns: Shown, from: [queueView] })
  async show({ params: { id }, caller }: Asked<typeof ById>) {
    return ownRow(await this.db.getRepository(QueueRow).findOneBy({ queue: id }), caller, { queue: id });
  }
}
