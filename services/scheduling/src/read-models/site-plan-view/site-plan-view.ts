import { sitePlanEvents } from '@pioche/contracts';
import { InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { PlannedNode } from '../../site-plan/site-plan.js';

/** One row per plan. The one without a site holds what holds everywhere. */
@Entity('site_plan_view')
export class SitePlanRow {
  @PrimaryColumn('text') site_plan!: string;
  @Index() @Column('text', { nullable: true }) site!: string | null;
  /** Policy → the version that decides here. */
  @Column('jsonb') policies!: Record<string, number>;
  /** Tenant → the switches that are off for it. */
  @Column('jsonb') barred!: Record<string, string[]>;
  @Column('jsonb', { nullable: true }) power_cap!: PowerCap | null;
}

export interface PowerCap {
  readonly max_watts: number;
  readonly gpu_watts: { readonly gpu_model: string; readonly watts: number }[];
}

/** One row per reservation that has not been ended. */
@Entity('site_plan_reservation')
export class ReservationRow {
  @PrimaryColumn('text') reservation!: string;
  @Index() @Column('text') site!: string;
  @Column('text') name!: string;
  /** Null: for nobody. */
  @Column('text', { nullable: true }) tenant!: string | null;
  @Column('jsonb') nodes!: string[];
  @InstantColumn() from!: string;
  @InstantColumn() to!: string;
}

/** One row per node that has ever been admitted. */
@Entity('site_plan_node')
export class SitePlanNodeRow {
  @PrimaryColumn('text') node!: string;
  @Index() @Column('text') site!: string;
  @Column('text') name!: string;
  @Column('text') status!: PlannedNode['status'];
  /** Why it takes no new work. */
  @Column('text', { nullable: true }) reason!: string | null;
  @Column('text') rack!: string;
  @Column('int') scalable_unit!: number;
  @Column('int') gpus!: number;
  @Column('text') gpu_model!: string;
}

const without = <V>(entries: Record<string, V>, key: string): Record<string, V> => Object.fromEntries(Object.entries(entries).filter(([each]) => each !== key));
const empty = { site: null, policies: {}, barred: {}, power_cap: null };

export const sitePlanView = projection({ plans: SitePlanRow, nodes: SitePlanNodeRow, reservations: ReservationRow }, { version: 2, from: sitePlanEvents }, {
  NodeAdmitted: ({ plans, nodes }, { subject, data: { node, site, name, rack, scalable_unit, gpus } }) => {
    plans.upsert({ site_plan: subject }, empty, () => ({ site }));
    nodes.put({ node, site, name, status: 'open', reason: null, rack, scalable_unit, gpus: gpus.length, gpu_model: gpus[0]?.model ?? '' });
  },
  NodeCordoned: ({ nodes }, { data: { node, reason } }) => nodes.patch({ node }, { status: 'cordoned', reason }),
  NodeWithdrawn: ({ nodes }, { data: { node, reason } }) => nodes.patch({ node }, { status: 'withdrawn', reason }),
  PolicyReplicated: ({ plans }, { subject, data: { policy, policy_version } }) =>
    plans.upsert({ site_plan: subject }, empty, ({ policies }) => ({ policies: { ...policies, [policy]: policy_version } })),
  PolicyWithdrawn: ({ plans }, { subject, data: { policy } }) => plans.patch({ site_plan: subject }, ({ policies }) => ({ policies: without(policies, policy) })),
  TenantBarred: ({ plans }, { subject, data: { tenant, switch: by } }) =>
    plans.upsert({ site_plan: subject }, empty, ({ barred }) => ({ barred: { ...barred, [tenant]: [...(barred[tenant] ?? []), by] } })),
  TenantUnbarred: ({ plans }, { subject, data: { tenant, switch: by } }) =>
    plans.patch({ site_plan: subject }, ({ barred }) => {
      const left = barred[tenant]?.filter((each) => each !== by) ?? [];
      return { barred: left.length > 0 ? { ...barred, [tenant]: left } : without(barred, tenant) };
    }),
  NodesReserved: ({ reservations }, { data }) => reservations.put({ ...data, tenant: data.tenant ?? null }),
  ReservationEnded: ({ reservations }, { data: { reservation } }) => reservations.remove({ reservation }),
  PowerCapSet: ({ plans }, { subject, data: { max_watts, gpu_watts } }) => plans.patch({ site_plan: subject }, { power_cap: { max_watts, gpu_watts } }),
  PowerCapLifted: ({ plans }, { subject }) => plans.patch({ site_plan: subject }, { power_cap: null }),
});
