/** What is done to the databases of an installation, as their administrator, so that an alert fires. */
import type { ContextName } from '@pioche/contracts';
import { eventually } from '@pioche/testing';
import pg from 'pg';
import type { Installation } from '../../src/installation.js';
import { databaseNameOf } from '../../src/servers.js';

/** As a job that saves its progress again and again has them. */
const CHECKPOINTS = `
  SELECT append_events(json_agg(json_build_object(
    'r', 1, 's', stream_id, 'n', n, 'i', 'provoked-' || n || '-' || clock_timestamp(), 'k', 'JobCheckpointed', 'v', 1,
    'd', json_build_object('allocation', data ->> 'allocation', 'checkpoint', n), 'x', CASE n WHEN 1 THEN -2 END, 'm', meta, 't', time) ORDER BY n))
  FROM (SELECT * FROM events WHERE type = 'JobStarted' ORDER BY position LIMIT 1) one, generate_series(1, $1) n`;

export class Databases {
  private readonly sessions = new Set<pg.Client>();

  constructor(private readonly installation: Installation) {}

  async sql(context: ContextName | undefined, text: string, values: readonly unknown[] = []): Promise<void> {
    const client = await this.session(context);
    await client.query(text, [...values]);
    this.sessions.delete(client);
    await client.end();
  }

  /** `REVOKE … FROM`, `GRANT … TO` the role of the service. */
  rights(context: ContextName, change: string): Promise<void> {
    return this.sql(context, `${change} "${this.nameOf(context)}_service"`);
  }

  async shut(context: ContextName, shut: boolean): Promise<void> {
    await this.sql(undefined, `ALTER DATABASE "${this.nameOf(context)}" ALLOW_CONNECTIONS ${!shut}`);
    if (shut) await this.sql(undefined, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${this.nameOf(context)}'`);
  }

  /** A session keeps a table to itself. */
  async lockTable(context: ContextName, table: string): Promise<void> {
    const client = await this.session(context);
    await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  }

  /** A session takes a lock that only one can have, as soon as it can, and keeps it. */
  async takeLock(context: ContextName, name: string): Promise<void> {
    const client = await this.session(context);
    const { rows: [key] } = await client.query<{ key: string }>('SELECT hashtextextended($1, 0)::text AS key', [name]);
    const holders = `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid() AND (classid::bigint << 32 | objid::bigint) = ${key?.key}`;
    await client.query(holders);
    await eventually(async () => {
      const { rows: [taken] } = await client.query<{ taken: boolean }>(`SELECT pg_try_advisory_lock(${key?.key}) AS taken`);
      if (taken?.taken !== true) await client.query(holders);
      expect(taken?.taken).toBe(true);
    }, 30_000);
  }

  /** Appends so many events to the log of scheduling. */
  appendCheckpoints(count: number): Promise<void> {
    return this.sql('scheduling', CHECKPOINTS, [count]);
  }

  /** Ends the sessions that keep something to themselves. */
  async letGo(): Promise<void> {
    await Promise.all([...this.sessions].map((client) => client.end().catch(() => {})));
    this.sessions.clear();
  }

  private nameOf = (context: ContextName): string => databaseNameOf(this.installation, context);

  private async session(context?: ContextName): Promise<pg.Client> {
    const url = new URL(process.env['PIOCHE_POSTGRES_URL'] ?? '');
    url.pathname = context === undefined ? 'postgres' : this.nameOf(context);
    const client = new pg.Client({ connectionString: url.href });
    client.on('error', () => {});
    await client.connect();
    this.sessions.add(client);
    return client;
  }
}
