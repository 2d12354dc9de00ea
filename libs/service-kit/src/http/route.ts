/** A route as data: what is registered, checked, documented and walked by tests is this. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';

/** Who may: anyone, or who has the permission. */
export type Access = { readonly public: true } | { readonly permission: string };

export interface Route {
  readonly method: 'GET' | 'POST';
  /** As people write it: `/nodes/{id}:drain`. */
  readonly path: string;
  readonly access: Access;
  readonly operation: string;
  readonly summary: string;
  readonly tag: string;
  readonly kind: 'command' | 'batch' | 'query' | 'action' | 'public';
  readonly success: number;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly returns?: z.ZodType;
  /** Media type of what it returns; JSON when absent. */
  readonly media?: string;
  /** Repeats harmlessly by itself: no Idempotency-Key is asked for. */
  readonly keyInBody?: boolean;
  /** If-Match is asked for. */
  readonly preconditioned?: boolean;
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Absent: the route is not registered, the service does not start. */
    access?: Access;
    /** As documents, spans and metrics name it: `/nodes/{id}:drain`. */
    path?: string;
  }
}

/** `/nodes/{id}:drain` → the router's `/nodes/:id([^/:]+)::drain`; a parameter never contains `/`, nor `:` before a verb. */
export const routerPath = (path: string): string =>
  path.replaceAll(':', '::').replaceAll(/\{(\w+)\}(?=::)/g, ':$1([^/:]+)').replaceAll(/\{(\w+)\}/g, ':$1');

/** Refuses every route that does not say who may: deny by default, found at start. @throws Error naming the route */
export function refuseUndecided(http: FastifyInstance): void {
  http.addHook('onRoute', ({ method, url, config }) => {
    if (config?.access === undefined) throw new Error(`route ${String(method)} ${url} does not say who may: use @Query, @Action or a command`);
  });
}

export function registerRoutes(http: FastifyInstance, routes: readonly Route[]): void {
  for (const { method, path, access, handle } of routes) {
    http.route({ method, url: routerPath(path), config: { access, path }, handler: handle });
  }
}

/** The methods that the address of a request would have allowed. */
export function methodsAt(routes: readonly Route[], url: string): string[] {
  const [address = ''] = url.split('?');
  return [...new Set(routes.filter(({ path }) => patternOf(path).test(address)).map(({ method }) => method))];
}

const patternOf = (path: string): RegExp => new RegExp(`^${path.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/:]+')}$`);
