/** The services with a real Keycloak as their issuer. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { newId } from '@pioche/kernel';
import { createService, readConfig, type Service } from '@pioche/service-kit';
import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import { MODULES } from '../src/modules.js';
import { Keycloak, keycloakHome, realmFile } from './keycloak.js';

const MINUTES = 60_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const home = await keycloakHome(say);
const SECRET = 'a secret that only this test knows, 32+';

const custodian = () => ({ name: 'C', public_key: Buffer.from(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64') });

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly id: string; readonly code: string; readonly details?: { readonly reason: string }; readonly items: readonly { readonly tenant: string }[] };
}

(home === undefined ? describe.skip : describe)(`services with Keycloak${home === undefined ? ' (skipped: there is none)' : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'pioche-keycloak-'));
  const databases: FreshDatabase[] = [];
  const services = new Map<string, { service: Service; url: string }>();
  let keycloak: Keycloak;

  const create = async (name: string, context: ContextName, identity: Record<string, string>): Promise<Service> => {
    const database = await freshDatabase();
    databases.push(database);
    const { service: DATABASE_URL, owner: DATABASE_OWNER_URL, reader: DATABASE_READER_URL } = database.urls;
    const config = readConfig({ DATABASE_URL, DATABASE_OWNER_URL, DATABASE_READER_URL, DATABASE_POOL: '4', PORT: '0', HOST: '127.0.0.1', BROKER: 'log', LOG_LEVEL: 'error', ...identity });
    const service = await createService({ module: MODULES[context], config });
    services.set(name, { service, url: await service.listen() });
    return service;
  };
  const ask = async (name: string, path: string, token: string, body?: object): Promise<Answer> => {
    const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json', 'idempotency-key': newId('cmd') }) };
    const response = await fetch(`${services.get(name)?.url}${path}`, { headers, ...(body && { method: 'POST', body: JSON.stringify(body) }) });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
  };
  const asked = async (token: string): Promise<number> => (await ask('sovereignty', '/tenants', token)).status;
  const refusalOf = async (token: string): Promise<string | undefined> => {
    const { status, body } = await ask('sovereignty', '/tenants', token);
    return `${status} ${body.details?.reason}`;
  };
  const register = async (token: string, name: string): Promise<Answer> =>
    ask('sovereignty', '/tenants', token, { name, country: 'FR', data_classes: ['public'], custodians: [custodian()], quorum: 1 });

  let operator: string;
  beforeAll(async () => {
    const began = Date.now();
    // With an issuer that is not ours there is no secret that the audit log's key could follow from.
    const auditKey = join(folder, 'audit.pem');
    writeFileSync(auditKey, generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }));
    process.env['AUDIT_KEY_FILE'] = auditKey;
    keycloak = await Keycloak.start(home ?? '', folder, say);
    say(`Keycloak answers after ${((Date.now() - began) / 1000).toFixed(0)} s`);
    await keycloak.importRealm(realmFile());
    await keycloak.importRealm({ ...realmFile(), realm: 'another' });
    await keycloak.makePasswordClient('test-login');
    await keycloak.makeClient({ id: 'ops', role: 'operator' });
    await keycloak.makeClient({ id: 'audit', role: 'auditor' });
    const oidc = { OIDC_ISSUER: keycloak.issuer() };
    const five = await Promise.all(CONTEXTS.map((context) => create(context, context, oidc)));
    await Promise.all(five.map((service) => service.start({ logs: five.map(({ store }) => store) })));
    operator = await keycloak.clientToken('ops');
  }, 15 * MINUTES);
  afterAll(async () => {
    keycloak?.resume();
    await Promise.all([...services.values()].map(({ service }) => service.stop()));
    await keycloak?.stop();
    await Promise.all(databases.map((database) => database.drop()));
    rmSync(folder, { recursive: true, force: true });
  }, MINUTES);

  it('do what the roles of the realm allow, and keep its tenants apart', async () => {
    const tenants = await Promise.all(['Alpha', 'Beta'].map(async (name) => (await register(operator, name)).body.id));
    const [a = '', b = ''] = tenants;
    expect(tenants.every((id) => id?.startsWith('tenant_'))).toBe(true);
    await keycloak.makeUser('ann', 'tenant_admin', a);
    await keycloak.makeUser('ben', 'tenant_admin', b);
    const [ann, ben, auditor] = [await keycloak.userToken('test-login', 'ann'), await keycloak.userToken('test-login', 'ben'), await keycloak.clientToken('audit')];
    const seenBy = async (token: string) => (await ask('sovereignty', '/tenants', token)).body.items.map(({ tenant }) => tenant).toSorted();
    await eventually(async () => expect(await seenBy(operator)).toEqual(tenants.toSorted()), MINUTES);
    expect(await seenBy(auditor)).toEqual(tenants.toSorted());
    expect([await seenBy(ann), await seenBy(ben)]).toEqual([[a], [b]]);
    expect((await ask('sovereignty', `/tenants/${b}`, ann)).status).toBe(404);
    for (const token of [ann, auditor]) expect((await register(token, 'Gamma')).body.code).toBe('permission-denied');
  }, 2 * MINUTES);

  it('let a node speak for itself only', async () => {
    const [node, other] = [newId('node'), newId('node')];
    await keycloak.makeClient({ id: `node:${node}`, role: 'node', scopes: ['pioche', 'pioche-node'] });
    const token = await keycloak.clientToken(`node:${node}`);
    const report = (about: string) => ask('inventory', '/agent/observations', token, { node: about, observed_at: new Date().toISOString(), kind: 'kernel_log', content: 'nothing of note' });
    // It is heard, and nobody has ordered it.
    expect((await report(node)).body.code).toBe('unknown');
    expect((await report(other)).body.code).toBe('permission-denied');
    expect((await ask('sovereignty', '/tenants', token)).status).toBe(403);
  }, MINUTES);

  it('refuse what is for others, of others, changed, or over', async () => {
    await keycloak.makeClient({ id: 'elsewhere', role: 'operator', scopes: [] });
    await keycloak.makeClient({ id: 'ops', role: 'operator' }, 'another');
    await keycloak.makeClient({ id: 'brief', role: 'operator', attributes: { 'access.token.lifespan': '10' } });
    const [header, payload = '', signature] = operator.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const changed = Buffer.from(JSON.stringify({ ...claims, roles: ['operator', 'auditor'] })).toString('base64url');
    const otherName = await fetch(`${keycloak.issuer().replace('127.0.0.1', 'localhost')}/protocol/openid-connect/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'ops', client_secret: 'ops' }) });
    const brief = await keycloak.clientToken('brief');

    expect(await asked(operator)).toBe(200);
    expect(await refusalOf(await keycloak.clientToken('elsewhere'))).toBe('401 claim aud is not accepted');
    expect(await refusalOf(((await otherName.json()) as { access_token: string }).access_token)).toBe('401 claim iss is not accepted');
    for (const token of [await keycloak.clientToken('ops', 'another'), [header, changed, signature].join('.'), 'no token at all']) {
      expect(await refusalOf(token)).toBe('401 the token cannot be verified');
    }
    await eventually(async () => expect(await refusalOf(brief)).toBe('401 the token has expired'), MINUTES);
  }, 2 * MINUTES);

  it('accept a new key as soon as the realm signs with it, and the one before while it is published', async () => {
    const keyOf = (token: string) => (JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString()) as { kid: string }).kid;
    const before = await keycloak.clientToken('ops');
    await keycloak.rotateKeys();
    const after = await keycloak.clientToken('ops');
    expect(keyOf(after)).not.toBe(keyOf(before));
    // At once, or five seconds after the last time that the keys were fetched.
    await eventually(async () => expect(await asked(after)).toBe(200), MINUTES);
    expect(await asked(before)).toBe(200);
  }, 2 * MINUTES);

  it('go on without the issuer for whom they know, ask others to come back, and then let them in', async () => {
    const known = await keycloak.clientToken('ops');
    expect(await asked(known)).toBe(200);
    await keycloak.rotateKeys();
    const unknown = await keycloak.clientToken('ops');
    // So that it is asked for the new key: keys that have just been fetched are not.
    await new Promise((wake) => setTimeout(wake, 5_100));
    keycloak.pause();
    const { status, headers, body } = await ask('sovereignty', '/tenants', unknown);
    expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'not-ready', '2']);
    expect(await asked(known)).toBe(200);
    keycloak.resume();
    await eventually(async () => expect(await asked(unknown)).toBe(200), MINUTES);
  }, 3 * MINUTES);

  it('take the built-in issuer’s tokens where that is configured, and then no others', async () => {
    const service = await create('built-in', 'inventory', { ISSUER_SECRET: SECRET });
    await service.start({ logs: [service.store] });
    const own = await service.issuer?.mint({ subject: 'olga', role: 'operator' });
    expect((await ask('built-in', '/sites', own ?? '')).status).toBe(200);
    expect((await ask('built-in', '/sites', operator)).status).toBe(401);
    expect(await refusalOf(own ?? '')).toBe('401 the token cannot be verified');
  }, MINUTES);
});
