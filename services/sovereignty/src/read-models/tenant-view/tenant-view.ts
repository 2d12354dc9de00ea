import { tenantEvents, type Custodian } from '@pioche/contracts';
import { InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Custodians who would take over, once the present quorum has signed the statement. */
export interface OpenChange {
  readonly request: string;
  readonly statement: string;
  readonly expires_at: string;
  readonly custodians: Custodian[];
  readonly quorum: number;
  /** Ids of those who have signed. */
  readonly signers: string[];
}

/** One row per customer. */
@Entity('tenant_view')
export class TenantRow {
  @PrimaryColumn('text') tenant!: string;
  /** Of its stream: what If-Match names. */
  @Column('int') version!: number;
  @Column('text') name!: string;
  @Column('text') country!: string;
  @Column('jsonb') data_classes!: string[];
  @Column('jsonb') custodians!: Custodian[];
  @Column('int') quorum!: number;
  @Column('jsonb', { nullable: true }) change!: OpenChange | null;
  @InstantColumn() registered_at!: string;
}

export const tenantView = projection(TenantRow, { version: 1, from: tenantEvents }, {
  TenantRegistered: (rows, { subject, version, time, data: { name, country, data_classes, custodians, quorum } }) =>
    rows.put({ tenant: subject, version, name, country, data_classes, custodians, quorum, change: null, registered_at: time }),
  DataClassesChanged: (rows, { subject, version, data: { data_classes } }) => rows.patch({ tenant: subject }, { version, data_classes }),
  CustodianChangeRequested: (rows, { subject, version, data }) => rows.patch({ tenant: subject }, { version, change: { ...data, signers: [] } }),
  CustodianChangeApproved: (rows, { subject, version, data: { custodian } }) =>
    rows.patch({ tenant: subject }, ({ change }) => ({ version, change: change && { ...change, signers: [...change.signers, custodian] } })),
  CustodiansChanged: (rows, { subject, version, data: { custodians, quorum } }) =>
    rows.patch({ tenant: subject }, { version, custodians, quorum, change: null }),
});
