import type { Route } from './route.js';

/** Answered without a token: health, metrics, the documentation, the public keys. Nothing else is. */
export const PUBLIC_ROUTES = ['/', '/docs', '/healthz', '/readyz', '/metrics', '/openapi.json', '/asyncapi.json', '/.well-known/jwks.json'] as const;

export const publicRoute = (path: (typeof PUBLIC_ROUTES)[number], operation: string, summary: string, handle: Route['handle']): Route => ({
  method: 'GET',
  path,
  access: { public: true },
  operation,
  summary,
  tag: 'service',
  kind: 'public',
  success: 200,
  handle,
});
