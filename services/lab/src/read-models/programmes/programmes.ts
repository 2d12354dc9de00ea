import { programmeEvents } from '@pioche/contracts';
import { projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('programmes')
export class ProgrammeRow {
  @PrimaryColumn('text') id!: string;
  @Index() @Column('text') tenant!: string;
  @Column('text') name!: string;
  @Column('text') goal!: string;
}

export const programmes = projection(ProgrammeRow, { version: 1, from: programmeEvents }, {
  ProgrammeOpened: (rows, { subject, data: { tenant, name, goal } }) => rows.put({ id: subject, tenant, name, goal }),
});
