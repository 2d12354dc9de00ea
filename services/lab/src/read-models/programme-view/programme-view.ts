import { programmeEvents } from '@pioche/contracts';
import { projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('programme_view')
export class ProgrammeRow {
  @PrimaryColumn('text') programme!: string;
  @Column('int') version!: number;
  @Index() @Column('text') tenant!: string;
  @Column('text') name!: string;
  @Column('text') goal!: string;
}

export const programmeView = projection(ProgrammeRow, { version: 1, from: programmeEvents }, {
  ProgrammeOpened: (rows, { subject, version, data }) => rows.put({ programme: subject, version, ...data }),
});
