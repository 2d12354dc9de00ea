/** Who may see what, over the whole platform, as a stranger and as two tenants find it. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { BuiltInIssuer, PUBLIC_ROUTES } from '@pioche/service-kit';
import { PlatformProgram, smallTrace } from './program.js';

const LIMIT = 240_000;
const program = new PlatformProgram('main');
let tokens: Record<'a' | 'b' | 'operator', string>;
let tenants: string[];

interface Answer {
  items: Record<string, unknown>[];
  paths: Record<string, Record<string, unknown>>;
}
const url = (context: ContextName, path: string) => `http://127.0.0.1:${program.port}/${context}${path}`;
const get = async (context: ContextName, path: string, token?: string) => {
  const response = await fetch(url(context, path), { headers: token ? { authorization: `Bearer ${token}` } : {} });
  return { status: response.status, body: (await response.json().catch(() => undefined)) as Answer };
};

beforeAll(async () => {
  await program.start(['--jobs', smallTrace(program.folder, 60), '--format', 'philly', '--days', '1']);
  await program.untilSaid('Try next', LIMIT);
  const issuer = await BuiltInIssuer.fromSecret(program.secret());
  const operator = await issuer.mint({ subject: 'auditor', role: 'operator' });
  const { body } = await get('billing', '/invoices?period=2026-11', operator);
  tenants = [...new Set(body.items.map(({ tenant }) => String(tenant)))].slice(0, 2);
  const admin = (tenant: string | undefined) => issuer.mint({ subject: `admin@${tenant}`, role: 'tenant_admin', tenant: tenant ?? '' });
  tokens = { operator, a: await admin(tenants[0]), b: await admin(tenants[1]) };
}, LIMIT);
afterAll(() => program.remove());

it('every route of every context refuses without a token, but for those that are public by name', async () => {
  const open = new Set<string>(PUBLIC_ROUTES);
  let walked = 0;
  for (const context of CONTEXTS) {
    const { body } = await get(context, '/openapi.json');
    for (const [path, methods] of Object.entries(body.paths)) {
      for (const method of Object.keys(methods)) {
        if (open.has(path)) continue;
        const filled = path.replaceAll(/\{[^}]+\}/g, 'x');
        const response = await fetch(url(context, filled), { method: method.toUpperCase(), ...(method === 'post' && { body: '{}', headers: { 'content-type': 'application/json' } }) });
        expect([context, method, path, response.status]).toEqual([context, method, path, 401]);
        walked += 1;
      }
    }
  }
  expect(walked).toBeGreaterThan(100);
}, LIMIT);

it.each<[ContextName, string, string]>([
  ['scheduling', '/jobs?page_size=1000', 'tenant'],
  ['billing', '/invoices', 'tenant'],
  ['billing', '/usage?period=2026-11', 'tenant'],
  ['sovereignty', '/tenants', 'tenant'],
])('of %s%s a tenant sees its own only', async (context, path, field) => {
  const [a, b, all] = await Promise.all([get(context, path, tokens.a), get(context, path, tokens.b), get(context, path, tokens.operator)]);
  expect(a.body.items.length).toBeGreaterThan(0);
  expect(new Set(a.body.items.map((item) => item[field]))).toEqual(new Set([tenants[0]]));
  expect(new Set(b.body.items.map((item) => item[field]))).toEqual(new Set([tenants[1]]));
  expect(new Set(all.body.items.map((item) => item[field])).size).toBeGreaterThan(1);
});

it('what belongs to another tenant is unknown, not forbidden', async () => {
  const { body } = await get('scheduling', '/jobs?page_size=1', tokens.a);
  const job = String(body.items[0]?.['job']);
  expect((await get('scheduling', `/jobs/${job}`, tokens.a)).status).toBe(200);
  expect((await get('scheduling', `/jobs/${job}`, tokens.b)).status).toBe(404);
  expect((await get('scheduling', `/jobs/${job}/why`, tokens.b)).status).toBe(404);
});

it('the program ends in good order, and soon, when it is told to', async () => {
  const said = program.said.length;
  const told = Date.now();
  program.kill('SIGTERM');
  expect(await program.ended()).toBe(0);
  expect(Date.now() - told).toBeLessThan(5_000);
  expect(program.said.slice(said)).toBe('');
});
