import { rackEvents } from '@pioche/contracts';
import type { Instant } from '@pioche/kernel';
import { InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One row per rack, as it was installed. What stands in it is in `place_view`. */
@Entity('rack_view')
@Index(['site', 'hall'])
export class RackRow {
  @PrimaryColumn('text') rack!: string;
  @Column('text') site!: string;
  @Column('text') hall!: string;
  @Column('text', { nullable: true }) superpod!: string | null;
  @Column('text') name!: string;
  /** Height in rack units. */
  @Column('int') units!: number;
  @Column('float8') max_kw!: number;
  @InstantColumn() installed_at!: Instant;
}

export const rackView = projection(RackRow, { version: 1, from: rackEvents }, {
  RackInstalled: (rows, { subject, time, data }) => rows.put({ rack: subject, ...data, superpod: data.superpod ?? null, installed_at: time }),
});
