/** What must be right about a context before it starts: said all at once. */
import type { AccessGuard } from './auth/guard.js';
import { commandsIn } from './commands/command-routes.js';
import type { ContextDeclaration } from './context.js';
import type { Route } from './http/route.js';

function* repeated(names: readonly string[]): Generator<string> {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) yield name;
    seen.add(name);
  }
}

function* faults({ aggregates, reactions = [], timers = [] }: ContextDeclaration, routes: readonly Route[], guard: AccessGuard): Generator<string> {
  for (const { method, path, access } of routes) {
    if ('permission' in access && !guard.permissions.has(access.permission)) {
      yield `${method} ${path}: no role has the permission ${access.permission}; add it to the access policies or to the context's permissions`;
    }
  }
  for (const declaration of aggregates) {
    for (const { name, may, creates, internal } of commandsIn(declaration)) {
      if (internal === true || creates === true || declaration[0].tenantOf !== undefined) continue;
      if (guard.isForTenants(may)) yield `${declaration[0].name} ${name}: tenants have the permission ${may}, so ${declaration[0].name} needs tenantOf`;
    }
  }
  for (const route of repeated(routes.map(({ method, path }) => `${method} ${path}`))) yield `${route}: declared twice`;
  for (const name of repeated(reactions.map((reaction) => reaction.name))) yield `reaction ${name}: give each of those with this name one of its own`;
  for (const name of repeated(timers.map((timer) => timer.name))) yield `timer ${name}: declared twice`;
}

/** @throws Error that lists every fault */
export function checkContext(declaration: ContextDeclaration, routes: readonly Route[], guard: AccessGuard): void {
  const found = [...faults(declaration, routes, guard)];
  if (found.length > 0) throw new Error(`context ${declaration.name}:\n${found.join('\n')}`);
}
