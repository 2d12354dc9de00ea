import { refuse, unreachable, type Decider, type Id, type Instant } from '@pioche/kernel';
import type { FactOf, PlannedAllocation, SitePlanEvent, sitePlanEvents } from '@pioche/contracts';
import { migBits } from '../engine/mig.js';

type DataOf<T extends SitePlanEvent['type']> = Extract<FactOf<typeof sitePlanEvents>, { type: T }>['data'];
export type AdmittedNode = DataOf<'NodeAdmitted'>;
export type Reservation = DataOf<'NodesReserved'>;

/** A piece of an open allocation: what it holds of one node. */
export interface Hold {
  readonly allocation: string;
  readonly job: string;
  readonly tenant: string;
  readonly gpus: readonly string[];
  /** Thousandths of each of these GPUs. */
  readonly milli: number;
  /** Of a MIG instance: the memory slices of its GPU, as bits. */
  readonly slices?: number | undefined;
}

export interface PlannedNode {
  readonly status: 'open' | 'cordoned' | 'withdrawn';
  readonly node: AdmittedNode;
  /** Why it takes no new work. */
  readonly reason?: string | undefined;
  /** Of a cordoned node: when what still runs there is stopped. */
  readonly deadline?: Instant | undefined;
  readonly holds: readonly Hold[];
}

export interface SitePlan {
  readonly site: string | undefined;
  readonly nodes: ReadonlyMap<string, PlannedNode>;
  readonly policies: ReadonlyMap<string, DataOf<'PolicyReplicated'>>;
  readonly tenants: ReadonlyMap<string, DataOf<'TenantReplicated'>>;
  /** Tenant → the switches that are off for it. */
  readonly barred: ReadonlyMap<string, ReadonlySet<string>>;
  /** Nodes that are kept for a time, by the reservation's id. */
  readonly reservations: ReadonlyMap<string, Reservation>;
  readonly powerCap: DataOf<'PowerCapSet'> | undefined;
}

const initial: SitePlan = { site: undefined, nodes: new Map(), policies: new Map(), tenants: new Map(), barred: new Map(), reservations: new Map(), powerCap: undefined };

/** What one site's placements are decided on: its nodes and what they hold, what is kept for later, the power cap, the policies, the barred tenants. */
export const sitePlan: Decider<SitePlan, SitePlanEvent> = {
  name: 'site-plan',
  initial,
  evolve(state, event) {
    switch (event.type) {
      case 'NodeAdmitted': {
        const holds = state.nodes.get(event.data.node)?.holds ?? [];
        return { ...state, site: event.data.site, nodes: put(state.nodes, event.data.node, { status: 'open', node: event.data, holds }) };
      }
      case 'NodeCordoned':
        return { ...state, nodes: mark(state.nodes, event.data.node, { status: 'cordoned', reason: event.data.reason, deadline: event.data.deadline }) };
      case 'NodeWithdrawn':
        return { ...state, nodes: mark(state.nodes, event.data.node, { status: 'withdrawn', reason: event.data.reason, deadline: undefined }) };
      case 'PolicyReplicated':
        return { ...state, policies: put(state.policies, event.data.policy, event.data) };
      case 'PolicyWithdrawn':
        return { ...state, policies: drop(state.policies, event.data.policy) };
      case 'TenantReplicated':
        return { ...state, tenants: put(state.tenants, event.data.tenant, event.data) };
      case 'TenantBarred': {
        const { tenant, switch: by } = event.data;
        return { ...state, barred: put(state.barred, tenant, new Set(state.barred.get(tenant)).add(by)) };
      }
      case 'TenantUnbarred': {
        const left = new Set(state.barred.get(event.data.tenant));
        left.delete(event.data.switch);
        return { ...state, barred: left.size > 0 ? put(state.barred, event.data.tenant, left) : drop(state.barred, event.data.tenant) };
      }
      case 'AllocationsReleased':
        return { ...state, nodes: release(state.nodes, new Set(event.data.allocations)) };
      case 'PlacementsDecided':
        return { ...state, nodes: hold(state.nodes, event.data.placements) };
      case 'PreemptionsDecided':
        return state; // the jobs hold their GPUs until they have stopped
      case 'NodesReserved':
        return { ...state, reservations: put(state.reservations, event.data.reservation, event.data) };
      case 'ReservationEnded':
        return { ...state, reservations: drop(state.reservations, event.data.reservation) };
      case 'PowerCapSet':
        return { ...state, powerCap: event.data };
      case 'PowerCapLifted':
        return { ...state, powerCap: undefined };
      default:
        return unreachable(event);
    }
  },
};

/** @throws Refusal `plan-without-site` for the plan of what holds everywhere, and before the first node */
export const siteOf = ({ site }: SitePlan): Id<'site'> => (site === undefined ? refuse('plan-without-site') : (site as Id<'site'>));

const put = <V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> => new Map(map).set(key, value);

function drop<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const left = new Map(map);
  left.delete(key);
  return left;
}

const mark = (nodes: SitePlan['nodes'], id: string, as: Pick<PlannedNode, 'status' | 'reason' | 'deadline'>): SitePlan['nodes'] => {
  const planned = nodes.get(id);
  return planned === undefined ? nodes : put(nodes, id, { ...planned, ...as });
};

function hold(before: SitePlan['nodes'], allocations: readonly PlannedAllocation[]): SitePlan['nodes'] {
  const nodes = new Map(before);
  for (const { allocation, job, tenant, gpu_milli: milli, mig_profile, placements } of allocations)
    for (const { node, gpus, mig_start } of placements) {
      const planned = nodes.get(node);
      const slices = mig_profile === undefined ? {} : { slices: migBits(mig_profile, mig_start ?? 0) };
      if (planned !== undefined) nodes.set(node, { ...planned, holds: [...planned.holds, { allocation, job, tenant, gpus, milli, ...slices }] });
    }
  return nodes;
}

function release(before: SitePlan['nodes'], closed: ReadonlySet<string>): SitePlan['nodes'] {
  const nodes = new Map(before);
  for (const [id, planned] of before) {
    const holds = planned.holds.filter(({ allocation }) => !closed.has(allocation));
    if (holds.length < planned.holds.length) nodes.set(id, { ...planned, holds });
  }
  return nodes;
}
