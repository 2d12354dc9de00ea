import { commandsOf, type Decider } from '@pioche/kernel';
import { fastify } from 'fastify';
import { z } from 'zod';
import { AccessGuard } from './auth/guard.js';
import type { ContextDeclaration } from './context.js';
import { refuseUndecided, type Route } from './http/route.js';
import { checkContext } from './start-checks.js';

const thing: Decider<null, never> = { name: 'thing', initial: null, evolve: () => null };
const use = commandsOf(thing).command({ name: 'use', summary: 'Use it.', may: 'submit-jobs', input: z.object({}), decide: () => [] });
const declaration: ContextDeclaration = { name: 'lab', aggregates: [[thing, [use]]], readModels: [], errors: {} };
const route: Route = { method: 'POST', path: '/things', access: { permission: 'fly' }, operation: 'fly', summary: '', tag: 'thing', kind: 'action', success: 200, handle: () => null };

describe('before a context starts', () => {
  it('says everything that is wrong with it at once', () => {
    expect(() => checkContext(declaration, [route, route], new AccessGuard())).toThrow(
      /no role has the permission fly[\s\S]*thing use: tenants have the permission submit-jobs, so thing needs tenantOf[\s\S]*POST \/things: declared twice/,
    );
  });

  it('a route that does not say who may cannot be registered', () => {
    const http = fastify();
    refuseUndecided(http);
    expect(() => http.get('/open', () => 'hello')).toThrow('route GET /open does not say who may');
  });
});
