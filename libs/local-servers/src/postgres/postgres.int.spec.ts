import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { hold } from '../../test/holder.js';
import { ownServers } from '../../test/own-servers.js';
import { dropDatabaseWithRoles, ensureDatabase, ensureDatabaseWithRoles, loginsOf } from '../database.js';
import { startMark } from '../processes.js';
import { obtainPostgres } from './postgres.js';

const { options, lines, before, after } = ownServers();
const lockFile = join(options.dataDir, 'postgres/data/postmaster.pid');
const serverPid = () => Number.parseInt(readFileSync(lockFile, 'utf8'), 10);

beforeAll(before);
afterAll(after);

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = (await client.query({ text: sql, rowMode: 'array' })) as { rows: unknown[][] };
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

describe('a PostgreSQL on this machine', () => {
  it('keeps what was written, durably, from one run to the next', async () => {
    const first = await obtainPostgres(options);
    const shop = await ensureDatabase(first.url, 'shop');
    await ask(shop, 'CREATE TABLE kept AS SELECT 42 AS answer');
    expect(await ask(shop, 'SHOW fsync')).toBe('on');
    expect(await ask(shop, 'SHOW max_connections')).toBe('300');
    await first.stop();

    const second = await obtainPostgres(options);
    expect(await ask(await ensureDatabase(second.url, 'shop'), 'SELECT answer FROM kept')).toBe(42);
    await second.stop();
  });

  it('lets nobody in without the password', async () => {
    const server = await obtainPostgres(options);
    await expect(ask(server.url.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    await server.stop();
  });

  it('ends with the process that started it', async () => {
    const holder = await hold(options.dataDir);
    const pid = serverPid();
    await holder.end('SIGTERM');
    expect(startMark(pid)).toBeUndefined();
  });

  it('is taken over from a process that was killed, and not from one that lives', async () => {
    const holder = await hold(options.dataDir);
    await expect(obtainPostgres(options)).rejects.toThrow(/in use by process \d+: end that one, or use another folder/);
    await ask(await ensureDatabase(holder.url, 'shop'), 'CREATE TABLE before_the_kill AS SELECT 7 AS answer');
    const orphan = serverPid();
    await holder.end('SIGKILL');
    expect(startMark(orphan)).toBeDefined();

    const server = await obtainPostgres(options);
    expect(startMark(orphan)).toBeUndefined();
    expect(lines).toContain(`PostgreSQL: ending process ${orphan}, left behind by an earlier run`);
    expect(await ask(await ensureDatabase(server.url, 'shop'), 'SELECT answer FROM before_the_kill')).toBe(7);
    await server.stop();
  });

  it('starts over a lock file whose process number belongs to another program by now', async () => {
    writeFileSync(lockFile, `${process.ppid}\n${join(options.dataDir, 'postgres/data')}\n1\n5432\n\n127.0.0.1\n\n\n`);
    const server = await obtainPostgres(options);
    expect(await ask(server.url, 'SELECT 1')).toBe(1);
    await server.stop();
  });

  it('says in one line that a port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => other.once('listening', listening));
    const { port } = other.address() as { port: number };
    await expect(obtainPostgres({ ...options, port })).rejects.toThrow(`port ${port} is taken: `);
    other.close();
  });

  it('creates a database once, whoever asks', async () => {
    const server = await obtainPostgres(options);
    const urls = await Promise.all([1, 2, 3, 4].map(() => ensureDatabase(server.url, 'asked for "four" times')));
    expect(new Set(urls).size).toBe(1);
    expect(await ask(urls[0] ?? '', 'SELECT current_database()')).toBe('asked for "four" times');
    await server.stop();
  });

  it('creates a database with its roles, whose passwords follow the caller; never in the place of one that is another’s', async () => {
    const server = await obtainPostgres(options);
    const who = async (password: string) => {
      const url = await ensureDatabaseWithRoles(server.url, 'works', () => password);
      return Promise.all(Object.values(loginsOf(url, () => password)).map((login) => ask(login, 'SELECT current_user')));
    };
    const roles = ['works_owner', 'works_service', 'works_reader'];
    expect([await who('first'), await who('second')]).toEqual([roles, roles]);
    await expect(ask(loginsOf(`${server.url.replace(/[^/]*$/, '')}works`, () => 'first').reader, 'SELECT 1')).rejects.toThrow('password authentication failed');
    await ensureDatabase(server.url, 'older');
    await expect(ensureDatabaseWithRoles(server.url, 'older', () => 'x')).rejects.toThrow('database older belongs to postgres, not to older_owner: it was made by an older version');
    await dropDatabaseWithRoles(server.url, 'works');
    expect(await ask(server.url, `SELECT count(*)::int FROM pg_roles WHERE rolname LIKE 'works%'`)).toBe(0);
    await server.stop();
  });

  it('leaves nothing when nothing is to be kept', async () => {
    const server = await obtainPostgres({ ...options, keep: false });
    await server.stop();
    expect(() => readFileSync(join(options.dataDir, 'postgres/password'))).toThrow(/ENOENT/);
  });
});
