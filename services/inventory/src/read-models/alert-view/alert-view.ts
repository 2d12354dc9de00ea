import { healthEvents, type AlertClass, type HealthSource } from '@pioche/contracts';
import { projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { ended, from, Interval } from '../interval.js';

/** One row per alert, open (`since`) or closed (`until`). */
@Entity('alert_view')
@Index(['node', 'open'])
@Index(['since', 'alert'])
export class AlertRow extends Interval {
  @PrimaryColumn('text') alert!: string;
  @Column('text') node!: string;
  /** null: it is about the node, or about a GPU that only the source can name. */
  @Column('text', { nullable: true }) gpu!: string | null;
  @Column('text', { nullable: true }) named!: string | null;
  @Column('text') class!: AlertClass;
  @Column('text') source!: HealthSource;
  @Column('text') code!: string;
  @Column('text') detail!: string;
  /** Why it was closed. */
  @Column('text', { nullable: true }) reason!: string | null;
}

export const alertView = projection(AlertRow, { version: 1, from: healthEvents }, {
  HealthAlertOpened: (rows, { time, data }) =>
    rows.put({ ...data, gpu: data.gpu ?? null, named: data.named ?? null, reason: null, ...from(time) }),
  HealthAlertClosed: (rows, { time, data }) => rows.patch({ alert: data.alert }, { ...ended(time), reason: data.reason }),
});
