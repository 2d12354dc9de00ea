import { unreachable, type Decider, type Instant } from '@pioche/kernel';
import type { FactOf, PlannedAllocation, SitePlanEvent, sitePlanEvents } from '@pioche/contracts';

type DataOf<T extends SitePlanEvent['type']> = Extract<FactOf<typeof sitePlanEvents>, { type: T }>['data'];
export type AdmittedNode = DataOf<'NodeAdmitted'>;

/** A piece of an open allocation: what it holds of one node. */
export interface Hold {
  readonly allocation: string;
  readonly job: string;
  readonly tenant: string;
  readonly gpus: readonly string[];
  /** Thousandths of each of these GPUs. */
  readonly milli: number;
}

export interface PlannedNode {
  readonly status: 'open' | 'cordoned' | 'withdrawn';
  readonly node: AdmittedNode;
  /** Of a cordoned node: when what still runs there goes back to its queue. */
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
}

const initial: SitePlan = { site: undefined, nodes: new Map(), policies: new Map(), tenants: new Map(), barred: new Map() };

/** What one site's placements are decided on: its nodes and what they hold, the policies, the barred tenants. */
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
        return { ...state, nodes: mark(state.nodes, event.data.node, 'cordoned', event.data.deadline) };
      case 'NodeWithdrawn':
        return { ...state, nodes: mark(state.nodes, event.data.node, 'withdrawn') };
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
      default:
        return unreachable(event);
    }
  },
};

const put = <V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> => new Map(map).set(key, value);

function drop<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const left = new Map(map);
  left.delete(key);
  return left;
}

const mark = (nodes: SitePlan['nodes'], id: string, status: PlannedNode['status'], deadline?: Instant): SitePlan['nodes'] => {
  const planned = nodes.get(id);
  return planned === undefined ? nodes : put(nodes, id, { ...planned, status, deadline });
};

function hold(before: SitePlan['nodes'], allocations: readonly PlannedAllocation[]): SitePlan['nodes'] {
  const nodes = new Map(before);
  for (const { allocation, job, tenant, gpu_milli: milli, placements } of allocations)
    for (const { node, gpus } of placements) {
      const planned = nodes.get(node);
      if (planned !== undefined) nodes.set(node, { ...planned, holds: [...planned.holds, { allocation, job, tenant, gpus, milli }] });
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
