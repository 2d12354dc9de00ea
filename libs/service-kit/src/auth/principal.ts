/** Who asks. */
export const ROLES = ['operator', 'tenant_admin', 'tenant_member', 'auditor', 'key_custodian', 'node'] as const;
export type Role = (typeof ROLES)[number];

export const isRole = (name: unknown): name is Role => (ROLES as readonly unknown[]).includes(name);

export interface Principal {
  /** The token's `sub`: a person, a service, or a node's id. */
  readonly subject: string;
  readonly roles: readonly Role[];
  /** The tenant it belongs to; absent for those of the platform. */
  readonly tenant?: string;
}

/** Who asks, as a query or an action receives it. */
export interface Caller extends Principal {
  /** Spread into a `where`: `{ tenant }` for a tenant's principal, `{}` for one of the platform. */
  readonly tenantFilter: { readonly tenant?: string };
}

export const callerOf = (principal: Principal): Caller => ({
  ...principal,
  tenantFilter: principal.tenant === undefined ? {} : { tenant: principal.tenant },
});
