import { partEvents, type PartKind } from '@pioche/contracts';
import { projection } from '@pioche/projections';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One row per part: what is printed on it. Where it is and was is in `place_view`. */
@Entity('part_view')
export class PartRow {
  @PrimaryColumn('text') part!: string;
  @Column('text') kind!: PartKind;
  @Column('text') model!: string;
  @Column('text') serial!: string;
  @Column('text', { nullable: true }) name!: string | null;
}

export const partView = projection(PartRow, { version: 1, from: partEvents }, {
  PartRegistered: (rows, { subject, data }) => rows.put({ part: subject, ...data, name: data.name ?? null }),
});
