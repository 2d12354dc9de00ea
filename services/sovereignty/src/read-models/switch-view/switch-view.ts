import { switchEvents, type Custodian } from '@pioche/contracts';
import { InstantColumn, projection, type Rows } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What waits for signatures. */
export interface OpenRequest {
  readonly request: string;
  readonly action: 'switch-off' | 'switch-on';
  readonly statement: string;
  readonly expires_at: string;
  /** Ids of the custodians who have signed. */
  readonly signers: string[];
}

/** A switch-off that every node has acknowledged. */
export interface CompletedOff {
  readonly request: string;
  readonly off_at: string;
  readonly nodes: number;
  /** Milliseconds from the last signature to the last acknowledgement. */
  readonly elapsed_ms: number;
}

/** One row per tenant: whether it is on, and who can change that. */
@Entity('switch_view')
export class SwitchRow {
  @PrimaryColumn('text') switch!: string;
  @Index() @Column('text') tenant!: string;
  /** Of its stream: what If-Match names. */
  @Column('int') version!: number;
  @Column('text') status!: 'on' | 'off_requested' | 'off' | 'on_requested';
  @Column('jsonb') custodians!: Custodian[];
  @Column('int') quorum!: number;
  @Column('jsonb', { nullable: true }) request!: OpenRequest | null;
  /** Moment of the last signature, while it is off. */
  @InstantColumn({ nullable: true }) off_at!: string | null;
  @Column('jsonb', { nullable: true }) last_completed_off!: CompletedOff | null;
}

/** What it is without its request. */
const atRest = ({ off_at }: SwitchRow) => (off_at === null ? 'on' : 'off');

type Requested = Omit<OpenRequest, 'action' | 'signers'>;
const open = (rows: Rows<SwitchRow>, id: string, version: number, action: OpenRequest['action'], { request, statement, expires_at }: Requested) =>
  rows.patch({ switch: id }, { version, status: action === 'switch-off' ? 'off_requested' : 'on_requested', request: { request, action, statement, expires_at, signers: [] } });

export const switchView = projection(SwitchRow, { version: 1, from: switchEvents }, {
  SwitchArmed: (rows, { subject, version, data: { tenant, custodians, quorum } }) =>
    rows.upsert(
      { switch: subject },
      { tenant, version, status: 'on', custodians, quorum, request: null, off_at: null, last_completed_off: null },
      (row) => ({ version, custodians, quorum, status: atRest(row), request: null }),
    ),
  SwitchOffRequested: (rows, { subject, version, data }) => open(rows, subject, version, 'switch-off', data),
  SwitchOnRequested: (rows, { subject, version, data }) => open(rows, subject, version, 'switch-on', data),
  SwitchApproved: (rows, { subject, version, data: { custodian } }) =>
    rows.patch({ switch: subject }, ({ request }) => ({ version, request: request && { ...request, signers: [...request.signers, custodian] } })),
  SwitchRequestLapsed: (rows, { subject, version }) => rows.patch({ switch: subject }, (row) => ({ version, status: atRest(row), request: null })),
  TenantSwitchedOff: (rows, { subject, version, data: { at } }) => rows.patch({ switch: subject }, { version, status: 'off', request: null, off_at: at }),
  SwitchOffCompleted: (rows, { subject, version, data: { request, nodes, elapsed_ms } }) =>
    rows.patch({ switch: subject }, ({ off_at }) => ({ version, last_completed_off: { request, off_at: off_at ?? '', nodes, elapsed_ms } })),
  TenantSwitchedOn: (rows, { subject, version }) => rows.patch({ switch: subject }, { version, status: 'on', request: null, off_at: null }),
});
