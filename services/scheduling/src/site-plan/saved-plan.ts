import type { PlannedNode, SitePlan } from './site-plan.js';

type Entries<M> = M extends ReadonlyMap<infer K, infer V> ? readonly (readonly [K, V])[] : never;

/** A plan as plain data: JSON keeps all of it. */
export interface SavedPlan extends Pick<SitePlan, 'site' | 'powerCap'> {
  readonly nodes: readonly (readonly [string, PlannedNode])[];
  readonly policies: Entries<SitePlan['policies']>;
  readonly tenants: Entries<SitePlan['tenants']>;
  readonly barred: readonly (readonly [string, readonly string[]])[];
  readonly reservations: Entries<SitePlan['reservations']>;
}

export const savePlan = ({ site, nodes, policies, tenants, barred, reservations, powerCap }: SitePlan): SavedPlan => ({
  site,
  nodes: [...nodes],
  policies: [...policies],
  tenants: [...tenants],
  barred: [...barred].map(([tenant, switches]) => [tenant, [...switches]]),
  reservations: [...reservations],
  powerCap,
});

export const loadPlan = ({ site, nodes, policies, tenants, barred, reservations, powerCap }: SavedPlan): SitePlan => ({
  site,
  nodes: new Map(nodes),
  policies: new Map(policies),
  tenants: new Map(tenants),
  barred: new Map(barred.map(([tenant, switches]) => [tenant, new Set(switches)])),
  reservations: new Map(reservations),
  powerCap,
});
