import { policyEvents, type PolicyRule } from '@pioche/contracts';
import { InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A text that waits for approvals. */
export interface Waiting {
  readonly text: string;
  readonly digest: string;
  readonly rules: PolicyRule[];
  readonly author: string;
  readonly quorum: number;
  readonly supersedes: string[];
  /** Who has approved it. */
  readonly approvers: string[];
}

/** One row per policy: the text in force, and the one that waits. */
@Entity('policy_view')
export class PolicyRow {
  @PrimaryColumn('text') policy!: string;
  /** Of its stream: what If-Match names. */
  @Column('int') version!: number;
  @Column('text') title!: string;
  @Column('text') status!: 'drafted' | 'in_force' | 'in_revision' | 'superseded';
  /** Adopted texts so far. */
  @Column('int') policy_version!: number;
  @Column('text', { nullable: true }) text!: string | null;
  @Column('text', { nullable: true }) digest!: string | null;
  @Column('jsonb') rules!: PolicyRule[];
  @InstantColumn({ nullable: true }) adopted_at!: string | null;
  @Column('jsonb', { nullable: true }) waiting!: Waiting | null;
  @Column('text', { nullable: true }) superseded_by!: string | null;
}

const nothingAdopted = { policy_version: 0, text: null, digest: null, rules: [], adopted_at: null, superseded_by: null } as const;

export const policyView = projection(PolicyRow, { version: 1, from: policyEvents, shared: true }, {
  PolicyDrafted: (rows, { subject, version, data: { title, ...draft } }) => {
    const waiting = { ...draft, approvers: [] };
    rows.upsert(
      { policy: subject },
      { version, title, status: 'drafted', waiting, ...nothingAdopted, rules: [] },
      ({ policy_version }) => ({ version, title, status: policy_version === 0 ? 'drafted' : 'in_revision', waiting }),
    );
  },
  PolicyApproved: (rows, { subject, version, data: { by } }) =>
    rows.patch({ policy: subject }, ({ waiting }) => ({ version, waiting: waiting && { ...waiting, approvers: [...waiting.approvers, by] } })),
  PolicyAdopted: (rows, { subject, version, time, data: { policy_version, text, digest, rules } }) =>
    rows.patch({ policy: subject }, { version, status: 'in_force', policy_version, text, digest, rules, adopted_at: time, waiting: null }),
  PolicySuperseded: (rows, { subject, version, data: { by } }) =>
    rows.patch({ policy: subject }, { version, status: 'superseded', waiting: null, superseded_by: by }),
});
