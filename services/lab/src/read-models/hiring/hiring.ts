import { personEvents, positionEvents } from '@pioche/contracts';
import { projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('positions')
export class PositionRow {
  @PrimaryColumn('text') id!: string;
  @Index() @Column('text') tenant!: string;
  @Column('text') title!: string;
  @Column('text') kind!: 'direct' | 'indirect';
  @Column('text', { nullable: true }) programme!: string | null;
  @Column('date') planned_start!: string;
  @Column('text') status!: 'open' | 'filled' | 'closed';
  @Index() @Column('text', { nullable: true }) person!: string | null;
  @Column('date', { nullable: true }) starts_on!: string | null;
}

/** The seats of the hiring plan, and who has them. */
export const positions = projection(PositionRow, { version: 1, from: positionEvents }, {
  PositionOpened: (rows, { subject, data: { programme = null, ...seat } }) =>
    rows.put({ id: subject, ...seat, programme, status: 'open', person: null, starts_on: null }),
  PositionFilled: (rows, { subject, data }) => rows.patch({ id: subject }, { status: 'filled', ...data }),
  PositionVacated: (rows, { subject }) => rows.patch({ id: subject }, { status: 'open', person: null, starts_on: null }),
  PositionClosed: (rows, { subject }) => rows.patch({ id: subject }, { status: 'closed' }),
});

@Entity('people')
export class PersonRow {
  @PrimaryColumn('text') id!: string;
  @Index() @Column('text') tenant!: string;
  /** The key into the directory, where name and contact are. */
  @Column('text') directory!: string;
  @Column('date') joined_on!: string;
  @Column('date', { nullable: true }) left_on!: string | null;
}

export const people = projection(PersonRow, { version: 1, from: personEvents }, {
  PersonJoined: (rows, { subject, data }) => rows.put({ id: subject, ...data, left_on: null }),
  PersonLeft: (rows, { subject, data }) => rows.patch({ id: subject }, data),
});
