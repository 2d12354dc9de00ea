import { quotaEvents } from '@pioche/contracts';
import { projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One row per tenant with a quota. */
@Entity('quota_view')
export class QuotaRow {
  @PrimaryColumn('text') quota!: string;
  /** Of its stream: what If-Match names. */
  @Column('int') version!: number;
  @Index() @Column('text') tenant!: string;
  @Column('int') guaranteed_gpus!: number;
  @Column('int') borrowable_gpus!: number;
  @Column('int') weight!: number;
}

export const quotaView = projection(QuotaRow, { version: 1, from: quotaEvents }, {
  QuotaSet: (rows, { subject, version, data }) => rows.put({ quota: subject, version, ...data }),
});
