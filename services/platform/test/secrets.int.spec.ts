/**
 * Secrets stay where they are: nothing that a service writes, answers or shows in the list of processes has one in it, at
 * the most talkative log level, whatever goes well or wrong.
 */
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@pioche/local-servers';
import { BuiltInIssuer } from '@pioche/service-kit';
import { eventually, freshDatabase, kafkaBrokers, topicPrefix, type FreshDatabase } from '@pioche/testing';
import pg from 'pg';
import { Supervised } from '../src/supervisor.js';
import { leaksIn } from './leaks.js';

const PROGRAM = fileURLToPath(new URL('../../inventory/dist/main.js', import.meta.url));
const marker = (): string => `marker${randomBytes(24).toString('hex')}`;
const LIMIT = 120_000;

const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
const secrets = { 'database password': marker(), 'wrong password': marker(), 'issuer secret': marker(), 'signing key': String(key.d), 'value of a field': marker(), 'made-up token': marker() };
/** Where → what was written or answered there. */
const texts = new Map<string, string>();
const note = (where: string, text: string): void => void texts.set(where, `${texts.get(where) ?? ''}${text}`);
const said = (where: string): string => texts.get(where) ?? '';

describe('secrets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pioche-secrets-'));
  const role = `holder_${randomBytes(4).toString('hex')}`;
  let database: FreshDatabase;
  let url: URL;
  let common: Record<string, string>;
  let tokens: Record<'token' | 'expired token' | 'token of the key', string>;

  beforeAll(async () => {
    database = await freshDatabase();
    await database.pool.query(`CREATE ROLE ${role} LOGIN PASSWORD '${secrets['database password']}'`);
    await database.pool.query(`CREATE DATABASE ${role} OWNER ${role}`);
    url = Object.assign(new URL(database.url), { username: role, password: secrets['database password'], pathname: `/${role}` });
    const brokers = kafkaBrokers();
    common = { HOST: '127.0.0.1', LOG_LEVEL: 'trace', TOPIC_PREFIX: topicPrefix(), ...(brokers ? { BROKER: 'kafka', KAFKA_BROKERS: brokers.join(',') } : { BROKER: 'log' }) };
    writeFileSync(join(folder, 'key.json'), JSON.stringify(key), { mode: 0o600 });
    writeFileSync(join(folder, 'url'), `${url.href}\n`, { mode: 0o600 });
    const [issuer, keyed] = await Promise.all([BuiltInIssuer.fromSecret(secrets['issuer secret']), BuiltInIssuer.fromFile(join(folder, 'key.json'))]);
    tokens = {
      token: await issuer.mint({ subject: 'olga', role: 'operator' }),
      'expired token': await issuer.mint({ subject: 'late', role: 'operator', lifetime: -10 }),
      'token of the key': await keyed.mint({ subject: 'kay', role: 'operator' }),
    };
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await database.pool.query(`DROP DATABASE ${role} WITH (FORCE)`);
    await database.pool.query(`DROP ROLE ${role}`);
    await database.drop();
  });

  /** A service as a process of its own, until it ends. @returns its exit status */
  function start(name: string, env: Record<string, string>) {
    const child = spawn(process.execPath, [PROGRAM], { env: { PATH: process.env['PATH'] ?? '', ...common, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => note(name, text));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { child, ended };
  }

  async function ask(port: number, path: string, { token = tokens.token, ...request }: RequestInit & { token?: string } = {}): Promise<number> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': randomBytes(8).toString('hex'), ...(request.headers as Record<string, string>) };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...request, headers });
    note(`the answer of ${path.split('?')[0]}`, `${JSON.stringify([...response.headers])}\n${await response.text()}`);
    return response.status;
  }
  const post = (body: string) => ({ method: 'POST', body });
  const ready = (port: number) => eventually(async () => expect(await ask(port, '/readyz')).toBe(200), 60_000);

  /** The command line of every process, where the system shows them as files. */
  const commandLines = (): string =>
    existsSync('/proc/self/cmdline') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(cmdlineOf).join('\n') : '';

  it('are not shown by a service at work, nor when requests are refused or fail', async () => {
    const port = await freePort();
    const { child, ended } = start('a service', { PORT: String(port), DATABASE_URL: url.href, ISSUER_SECRET: secrets['issuer secret'] });
    await ready(port);
    const value = secrets['value of a field'];
    const site = { name: 'S1', operator: 'O', country: 'FR', jurisdiction: 'FR', certifications: [] };
    expect(await ask(port, '/sites', post(JSON.stringify(site)))).toBe(201);
    expect(await ask(port, '/sites', post(JSON.stringify({ ...site, password: value })))).toBe(400);
    expect(await ask(port, '/sites', post(JSON.stringify({ ...site, name: { secret: value } })))).toBe(400);
    expect(await ask(port, '/sites', post(`{"api_key": "${value}`))).toBe(400);
    expect(await ask(port, '/sites', { headers: { cookie: value, 'pioche-after': value } })).toBe(400);
    expect(await ask(port, `/sites?access_token=${value}`)).toBe(400);
    expect(await ask(port, '/sites', { token: secrets['made-up token'] })).toBe(401);
    expect(await ask(port, '/sites', { token: tokens['expired token'] })).toBe(401);
    for (const path of ['/', '/docs', '/openapi.json', '/asyncapi.json', '/metrics', '/healthz', '/lag', '/.well-known/jwks.json', '/sites', '/nodes']) expect([path, await ask(port, path)]).toEqual([path, 200]);
    note('the list of processes', commandLines());
    const owner = new pg.Client(url.href);
    await owner.connect();
    await owner.query('ALTER VIEW site_view RENAME TO site_view_away');
    expect(await ask(port, '/sites')).toBe(500);
    await owner.query('ALTER VIEW site_view_away RENAME TO site_view');
    await owner.end();
    await eventually(() => expect(said('a service')).toContain('a request failed'));

    // The database no longer lets it in: requests fail, consumers are in trouble.
    await database.pool.query(`ALTER ROLE ${role} NOLOGIN`);
    await database.pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role]);
    expect(await ask(port, '/sites')).toBeGreaterThanOrEqual(500);
    await eventually(() => expect(said('a service')).toMatch(/is in trouble|will be tried again/), 20_000);
    await database.pool.query(`ALTER ROLE ${role} LOGIN`);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  }, LIMIT);

  it('are not shown by one that has them from files, started by a supervisor', async () => {
    const port = await freePort();
    const env = { ...common, PORT: String(port), DATABASE_URL_FILE: join(folder, 'url'), ISSUER_JWK_FILE: join(folder, 'key.json') };
    const supervised = new Supervised({ name: 'inventory', file: PROGRAM, env, log: (line) => note('a supervisor', line) });
    await ready(port);
    expect(await ask(port, '/sites', { token: tokens['token of the key'] })).toBe(200);
    await supervised.stop();
  }, LIMIT);

  it.each<[string, number, () => Record<string, string>]>([
    ['is not let in', 1, () => ({ DATABASE_URL: Object.assign(new URL(url), { password: secrets['wrong password'] }).href, ISSUER_SECRET: secrets['issuer secret'] })],
    ['finds no database', 1, () => ({ DATABASE_URL: Object.assign(new URL(url), { port: '1' }).href, ISSUER_SECRET: secrets['issuer secret'] })],
    ['is given a URL of something else', 2, () => ({ DATABASE_URL: url.href.replace(/^\w+/, 'mysql'), ISSUER_SECRET: secrets['issuer secret'] })],
    ['is given a URL of nothing', 1, () => ({ DATABASE_URL: `postgres:/${secrets['database password']}@nowhere:x`, ISSUER_SECRET: secrets['issuer secret'] })],
    ['is given a secret twice', 2, () => ({ DATABASE_URL: url.href, DATABASE_URL_FILE: join(folder, 'url'), ISSUER_SECRET: secrets['issuer secret'] })],
    ['is given a key that is none', 1, () => ({ DATABASE_URL: url.href, ISSUER_JWK_FILE: join(folder, 'url') })],
  ])('are not shown by one that %s', async (name, status, env) => {
    const port = await freePort();
    const { ended } = start(name, { PORT: String(port), ...env() });
    expect(await ended).toBe(status);
    expect(said(name)).not.toBe('');
  }, LIMIT);

  it('were nowhere in all this', () => {
    const tokenParts = Object.fromEntries(Object.entries(tokens).flatMap(([name, token]) => token.split('.').slice(1).map((part, n) => [`${name} (part ${n + 2})`, part])));
    expect([...texts.keys()]).toEqual(expect.arrayContaining(['a service', 'the list of processes', 'the answer of /sites']));
    expect(leaksIn(texts, { ...secrets, ...tokenParts })).toEqual([]);
  });
});

function cmdlineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it has ended
  }
}
