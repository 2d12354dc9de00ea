import { idOf, refuse } from '@pioche/kernel';
import { equal, type Caller } from '@pioche/service-kit';

/** Spread into a query's schema: one tenant's only. */
export const tenantQuery = { tenant: idOf('tenant').optional() };

/**
 * The tenant that a statement is about; of every tenant, where the caller may see them all and names none.
 * @throws Refusal `unknown` when a tenant asks for another one's
 */
export function tenantScope({ tenant: own, tenantFilter }: Caller, asked: string | undefined): { readonly tenant?: string } {
  if (own !== undefined && asked !== undefined && own !== asked) refuse('unknown', { tenant: asked });
  return { ...equal({ tenant: asked }), ...tenantFilter };
}
