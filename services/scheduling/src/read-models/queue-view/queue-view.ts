import { queueEvents } from '@pioche/contracts';
import { projection } from '@pioche/projections';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One row per queue. */
@Entity('queue_view')
export class QueueRow {
  @PrimaryColumn('text') queue!: string;
  @Column('int') version!: number;
  @Column('text') name!: string;
  @Column('int') priority!: number;
  @Column('int') default_time_limit_s!: number;
}

export const queueView = projection(QueueRow, { version: 1, from: queueEvents }, {
  QueueOpened: (rows, { subject, version, data }) => rows.put({ queue: subject, version, ...data }),
});
