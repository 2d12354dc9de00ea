/** Production's way to PostgreSQL: verified TLS, from its databases to a service that is ready. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { CONTEXTS } from '@pioche/contracts';
import { freePort } from '@pioche/local-servers';
import { canGuardPostgres, guardedPostgres, type GuardedPostgres } from './guarded-postgres.js';
import { runTool, type Ended } from './tool.js';

const LIMIT = 180_000;

(canGuardPostgres ? describe : describe.skip)('a PostgreSQL that takes nothing but TLS', () => {
  let postgres: GuardedPostgres;
  beforeAll(async () => void (postgres = await guardedPostgres()), LIMIT);
  afterAll(() => postgres?.stop(), LIMIT);

  const url = (user: string, database: string, query: string): string => Object.assign(new URL(postgres.url), { ...(user !== '' && { username: user, password: 'known' }), pathname: `/${database}`, search: query }).href;
  const verified = (ca: string): string => `?sslmode=verify-full&sslrootcert=${ca}`;
  const logins = (context: string, query: string, prefix = ''): NodeJS.ProcessEnv => ({
    [`${prefix}DATABASE_URL`]: url(`${context}_service`, context, query),
    [`${prefix}DATABASE_OWNER_URL`]: url(`${context}_owner`, context, query),
    [`${prefix}DATABASE_READER_URL`]: url(`${context}_reader`, context, query),
  });
  const pioche = (args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> => runTool('pioche', args, undefined, env);

  it('has databases, migrations and a service that is ready, all with verified TLS', async () => {
    const query = verified(postgres.ca);
    const wishes = CONTEXTS.reduce<NodeJS.ProcessEnv>((env, context) => ({ ...env, ...logins(context, query, `${context.toUpperCase()}_`) }), { POSTGRES_URL: url('', 'postgres', query) });
    expect(await pioche(['databases'], wishes)).toMatchObject({ status: 0 });
    expect(await pioche(['migrate', 'inventory'], logins('inventory', query))).toMatchObject({ status: 0, said: expect.stringMatching(/migrations run\n$/) });
    const port = String(await freePort());
    const env = { ...process.env, NODE_OPTIONS: '', ...logins('inventory', query), PORT: port, HOST: '127.0.0.1', BROKER: 'log', ISSUER_SECRET: 'a secret that only this test knows, 32+', LOG_LEVEL: 'warn' };
    const service = spawn(process.execPath, [resolve(import.meta.dirname, '../dist/pioche.js'), 'inventory'], { env, stdio: 'ignore' });
    const ended = once(service, 'exit');
    try {
      while ((await pioche(['ready'], { PORT: port })).status !== 0) expect(service.exitCode).toBeNull();
    } finally {
      service.kill('SIGTERM');
    }
    expect((await ended)[0]).toBe(0);
  }, LIMIT);

  /** It goes on trying, as it would until its certificate is put right: what it says is enough. */
  const saysWhy = async (query: string, why: RegExp): Promise<void> =>
    expect(await runTool('pioche', ['migrated', 'inventory'], (said) => why.test(said), logins('inventory', query))).toMatchObject({ status: 137, said: expect.stringMatching(why) });

  it('is refused, and why, where another vouches for it', () => saysWhy(verified(postgres.otherCa), /certificate/), LIMIT);

  it('refuses whoever comes without', () => saysWhy('', /no encryption/), LIMIT);
});
