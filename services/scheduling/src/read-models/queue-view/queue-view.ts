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
  /** Null: the scheduler's own. */
  @Column('int', { nullable: true }) min_run_s!: number | null;
  @Column('int', { nullable: true }) grace_s!: number | null;
}

export const queueView = projection(QueueRow, { version: 2, from: queueEvents, shared: true }, {
  QueueOpened: (rows, { subject, version, data }) => rows.put({ queue: subject, version, ...data, min_run_s: data.min_run_s ?? null, grace_s: data.grace_s ?? null }),
});
