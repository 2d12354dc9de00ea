import { siteEvents } from '@pioche/contracts';
import type { Instant } from '@pioche/kernel';
import { InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, PrimaryColumn } from 'typeorm';

export interface SiteHall {
  readonly hall: string;
  readonly name: string;
  readonly power_kw: number;
  readonly added_at: Instant;
}

@Entity('site_view')
export class SiteRow {
  @PrimaryColumn('text') site!: string;
  @Column('text') name!: string;
  @Column('text') operator!: string;
  @Column('text') country!: string;
  @Column('text') jurisdiction!: string;
  @Column('jsonb') certifications!: readonly string[];
  @Column('jsonb') halls!: readonly SiteHall[];
  @InstantColumn() opened_at!: Instant;
  @Column('int') version!: number;
}

export const siteView = projection(SiteRow, { version: 1, from: siteEvents }, {
  SiteOpened: (rows, { subject, version, time, data }) => rows.put({ site: subject, ...data, halls: [], opened_at: time, version }),
  HallAdded: (rows, { subject, version, time, data }) =>
    rows.patch({ site: subject }, (row) => ({ halls: [...row.halls, { ...data, added_at: time }], version })),
});
