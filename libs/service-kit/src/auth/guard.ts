/** Asks Cedar whether a caller may, and remembers the answer: it depends on roles, permission and tenancy only. */
import { createHash } from 'node:crypto';
import { policySetTextToParts, policyToJson, preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { ACCESS_POLICIES } from './access.cedar.js';
import { ROLES, type Principal, type Role } from './principal.js';

/** Permission → the roles that have it: what a context adds to the access policies. */
export type Permissions = Readonly<Record<string, readonly Role[]>>;

/** `hidden`: it belongs to another tenant, so that it does not exist for this caller. */
export type Decision = 'allowed' | 'denied' | 'hidden';

const TENANT_ROLES: readonly Role[] = ['tenant_admin', 'tenant_member', 'key_custodian'];

const policyOf = ([permission, roles]: readonly [string, readonly Role[]]): string =>
  roles.map((role) => `permit (principal in Role::${JSON.stringify(role)}, action == Action::${JSON.stringify(permission)}, resource);`).join('\n');

export class AccessGuard {
  private readonly policySet: string;
  private readonly decisions = new Map<string, boolean>();
  /** Every permission that some policy grants. */
  readonly permissions: ReadonlySet<string>;

  /** @throws Error when a policy cannot be parsed */
  constructor(added: Permissions = {}) {
    const text = [ACCESS_POLICIES, ...Object.entries(added).map(policyOf)].join('\n');
    this.policySet = `access-${createHash('sha256').update(text).digest('hex')}`;
    const parsed = preparsePolicySet(this.policySet, { staticPolicies: text });
    if (parsed.type === 'failure') throw new Error(`access policies: ${parsed.errors.map(({ message }) => message).join('; ')}`);
    this.permissions = permissionsIn(text);
  }

  /** @param resourceTenant the tenant that the resource belongs to, if any */
  decide(principal: Principal, permission: string, resourceTenant?: string): Decision {
    const foreign = principal.tenant !== undefined && resourceTenant !== undefined && principal.tenant !== resourceTenant;
    if (this.ask(principal, permission, foreign)) return 'allowed';
    return foreign && this.ask(principal, permission, false) ? 'hidden' : 'denied';
  }

  /** Whether somebody who belongs to a tenant can have this permission. */
  isForTenants(permission: string): boolean {
    return TENANT_ROLES.some((role) => this.ask({ subject: '', roles: [role], tenant: 'own' }, permission, false));
  }

  private ask({ roles, tenant }: Principal, permission: string, foreign: boolean): boolean {
    const key = `${roles.join()} ${permission} ${tenant === undefined ? 'none' : foreign ? 'foreign' : 'own'}`;
    const known = this.decisions.get(key);
    if (known !== undefined) return known;
    const allowed = this.askCedar(roles, permission, tenant !== undefined, foreign);
    // Roles and permissions are few: the keys are bounded.
    this.decisions.set(key, allowed);
    return allowed;
  }

  private askCedar(roles: readonly Role[], permission: string, ofTenant: boolean, foreign: boolean): boolean {
    const principal = { type: 'Caller', id: 'caller' };
    const resource = { type: 'Resource', id: 'resource' };
    const answer = statefulIsAuthorized({
      principal,
      action: { type: 'Action', id: permission },
      resource,
      context: {},
      preparsedPolicySetId: this.policySet,
      entities: [
        { uid: principal, attrs: ofTenant ? { tenant: 'own' } : {}, parents: ROLES.filter((role) => roles.includes(role)).map((id) => ({ type: 'Role', id })) },
        { uid: resource, attrs: ofTenant ? { tenant: foreign ? 'foreign' : 'own' } : {}, parents: [] },
      ],
    });
    return answer.type === 'success' && answer.response.decision === 'allow' && answer.response.diagnostics.errors.length === 0;
  }
}

/** The actions that the policies name, from their parsed form. */
function permissionsIn(text: string): Set<string> {
  const parts = policySetTextToParts(text);
  const found = new Set<string>();
  for (const policy of parts.type === 'success' ? parts.policies : []) {
    const json = policyToJson(policy);
    if (json.type === 'failure') continue;
    const { action } = json.json;
    const entities = action.op === 'All' ? [] : 'entity' in action ? [action.entity] : 'entities' in action ? action.entities : [];
    for (const entity of entities) if ('id' in entity) found.add(entity.id);
  }
  return found;
}
