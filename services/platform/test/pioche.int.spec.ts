/** The program of the image, as a container runs it: from an empty PostgreSQL to a service that is ready, and its end. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { CONTEXTS } from '@pioche/contracts';
import { dropDatabaseWithRoles, freePort } from '@pioche/local-servers';
import { BuiltInIssuer } from '@pioche/service-kit';
import { postgresUrl } from '@pioche/testing';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { runTool, type Ended } from './tool.js';

const LIMIT = 300_000;
const SECRET = 'a secret that only this test knows, 32+';
const name = `test_${randomBytes(6).toString('hex')}`;
const databaseOf = (context: string): string => `${name}_${context}`;
const login = (context: string, role: string, password: string): string =>
  Object.assign(new URL(postgresUrl()), { username: `${databaseOf(context)}_${role}`, password, pathname: `/${databaseOf(context)}` }).href;
const loginsOf = (context: string, password: string, prefix = ''): NodeJS.ProcessEnv => ({
  [`${prefix}DATABASE_URL`]: login(context, 'service', password),
  [`${prefix}DATABASE_OWNER_URL`]: login(context, 'owner', password),
  [`${prefix}DATABASE_READER_URL`]: login(context, 'reader', password),
});
const wishes = (password: string): NodeJS.ProcessEnv =>
  CONTEXTS.reduce<NodeJS.ProcessEnv>((env, context) => ({ ...env, ...loginsOf(context, password, `${context.toUpperCase()}_`) }), { POSTGRES_URL: postgresUrl() });
const pioche = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> => runTool('pioche', args, undefined, env);

afterAll(async () => {
  for (const context of CONTEXTS) await dropDatabaseWithRoles(postgresUrl(), databaseOf(context));
}, LIMIT);

it('makes databases and roles, migrates once, tells when that is done, serves, says that it is ready, and ends in good order', async () => {
  expect((await pioche(['databases'], wishes('first'))).status).toBe(0);
  const again = await pioche(['databases'], wishes('second'));
  expect(again).toEqual({ status: 0, said: CONTEXTS.map((context) => `${context}: database ${databaseOf(context)}, roles ${['owner', 'service', 'reader'].map((role) => `${databaseOf(context)}_${role}`).join(', ')}\n`).join('') });

  const logins = loginsOf('inventory', 'second');
  let heard: (said: string) => void = () => {};
  const waits = new Promise<string>((hear) => (heard = hear));
  // Never killed: only listened to.
  const migrated = runTool('pioche', ['migrated', 'inventory'], (said) => (said.includes('not migrated yet') && heard(said), false), logins);
  expect(await waits).toMatch(/^waiting: inventory: not migrated yet: \w+/);
  expect(await pioche(['migrate', 'inventory'], logins)).toMatchObject({ status: 0, said: expect.stringMatching(/inventory: \d+ migrations run\n$/) });
  expect((await migrated).status).toBe(0);
  expect(await pioche(['migrate', 'inventory'], logins)).toEqual({ status: 0, said: 'inventory: nothing to migrate\n' });

  const port = String(await freePort());
  expect(await pioche(['ready'], { PORT: port })).toMatchObject({ status: 1, said: expect.stringContaining('ECONNREFUSED') });
  const env = { ...process.env, NODE_OPTIONS: '', ...logins, PORT: port, HOST: '127.0.0.1', BROKER: 'log', ISSUER_SECRET: SECRET, LOG_LEVEL: 'warn' };
  const service = spawn(process.execPath, [resolve(import.meta.dirname, '../dist/pioche.js'), 'inventory'], { env, stdio: 'ignore' });
  const ended = once(service, 'exit');
  try {
    while ((await pioche(['ready'], { PORT: port })).status !== 0) expect(service.exitCode).toBeNull();
    const { said: token } = await pioche(['token', '--role', 'operator', '--subject', 'olga'], { ISSUER_SECRET: SECRET });
    const answer = await fetch(`http://127.0.0.1:${port}/nodes`, { headers: { authorization: `Bearer ${token.trim()}` } });
    expect(answer.status).toBe(200);
  } finally {
    service.kill('SIGTERM');
  }
  expect((await ended)[0]).toBe(0);
}, LIMIT);

it('mints tokens of the built-in issuer, for roles that there are', async () => {
  const { said, status } = await pioche(['token', '--role', 'tenant_admin', '--tenant', 'tenant_1', '--lifetime', '60'], { ISSUER_SECRET: SECRET });
  expect(status).toBe(0);
  const { payload } = await jwtVerify(said.trim(), createLocalJWKSet((await BuiltInIssuer.fromSecret(SECRET)).jwks()));
  expect(payload).toMatchObject({ sub: 'you', roles: ['tenant_admin'], tenant: 'tenant_1' });
  expect(await pioche(['token', '--role', 'king'], { ISSUER_SECRET: SECRET })).toEqual({ status: 2, said: expect.stringMatching(/no role king: one of operator, /) });
}, LIMIT);

it('ends with 2 and says what is wrong with the configuration', async () => {
  expect(await pioche(['migrate', 'lab'], { DATABASE_URL: 'mysql://db/x' })).toEqual({ status: 2, said: 'DATABASE_URL: must be a URL of postgres or postgresql; another value is given\n' });
  expect(await pioche(['scenario', '--url', 'http://{context}'], { ISSUER_SECRET: SECRET, KAFKA_BROKERS: 'kafka' })).toMatchObject({ status: 2, said: expect.stringMatching(/^KAFKA_BROKERS: must be host:port/) });
}, LIMIT);
