/** Before a handler runs: who asks, and may they. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../problem.js';
import type { AccessGuard } from './guard.js';
import type { Principal } from './principal.js';
import type { TokenVerifier } from './tokens.js';

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null;
  }
}

/** Who asks, on a route with a permission. */
export function principalOf({ principal }: FastifyRequest): Principal {
  if (principal === null) throw new ProblemError('unauthenticated');
  return principal;
}

const denied = (permission: string, { roles }: Principal): ProblemError =>
  new ProblemError('permission-denied', { details: { permission, roles } });

/** @throws ProblemError `permission-denied`; `unknown` for what belongs to another tenant, so that it does not exist */
export function demand(guard: AccessGuard, principal: Principal, permission: string, resourceTenant?: string): void {
  const decision = guard.decide(principal, permission, resourceTenant);
  if (decision === 'denied') throw denied(permission, principal);
  if (decision === 'hidden') throw new ProblemError('unknown');
}

/** Every route with a permission is decided here, before its body is read. */
export function authenticateRequests(http: FastifyInstance, verifier: TokenVerifier, guard: AccessGuard): void {
  http.decorateRequest('principal', null);
  http.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    // No access: no such route; the answer is 404.
    if (access === undefined || 'public' in access) return;
    const principal = await verifier.principalOf(request.headers.authorization);
    demand(guard, principal, access.permission);
    request.principal = principal;
  });
}
