import { positionEvents } from '@pioche/contracts';
import { projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A seat of the hiring plan, and who has it. */
@Entity('position_view')
export class PositionRow {
  @PrimaryColumn('text') position!: string;
  @Column('int') version!: number;
  @Index() @Column('text') tenant!: string;
  @Column('text') title!: string;
  @Column('text') kind!: 'direct' | 'indirect';
  @Column('text', { nullable: true }) programme!: string | null;
  @Column('date') planned_start!: string;
  @Column('text') status!: 'open' | 'filled' | 'closed';
  @Index() @Column('text', { nullable: true }) person!: string | null;
  @Column('date', { nullable: true }) starts_on!: string | null;
}

export const positionView = projection(PositionRow, { version: 1, from: positionEvents }, {
  PositionOpened: (rows, { subject, version, data: { programme = null, ...seat } }) =>
    rows.put({ position: subject, version, ...seat, programme, status: 'open', person: null, starts_on: null }),
  PositionFilled: (rows, { subject, version, data }) => rows.patch({ position: subject }, { version, status: 'filled', ...data }),
  PositionVacated: (rows, { subject, version }) => rows.patch({ position: subject }, { version, status: 'open', person: null, starts_on: null }),
  PositionClosed: (rows, { subject, version }) => rows.patch({ position: subject }, { version, status: 'closed' }),
});
