import { personEvents } from '@pioche/contracts';
import { projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('person_view')
export class PersonRow {
  @PrimaryColumn('text') person!: string;
  @Column('int') version!: number;
  @Index() @Column('text') tenant!: string;
  /** The key into the directory, where name and contact are. */
  @Column('text') directory!: string;
  @Column('date') joined_on!: string;
  @Column('date', { nullable: true }) left_on!: string | null;
}

export const personView = projection(PersonRow, { version: 1, from: personEvents }, {
  PersonJoined: (rows, { subject, version, data }) => rows.put({ person: subject, version, ...data, left_on: null }),
  PersonLeft: (rows, { subject, version, data }) => rows.patch({ person: subject }, { version, ...data }),
});
