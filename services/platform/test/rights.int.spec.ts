/** What the roles of the five databases may do, table by table, and what of each table a tenant can see. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { dropDatabaseWithRoles, freePort, type DatabaseRole } from '@pioche/local-servers';
import { LOOK_AS } from '@pioche/projections';
import { postgresUrl } from '@pioche/testing';
import pg from 'pg';
import { startEmbedded } from '../src/embedded.js';
import { newInstallation } from '../src/installation.js';
import { contextDatabases, databaseConfigOf } from '../src/servers.js';

/** In PostgreSQL's letters, and their order: a INSERT, r SELECT, w UPDATE, d DELETE; X EXECUTE. */
type Decision = { readonly service: string; readonly reader: string };
const of = (service: string, reader = ''): Decision => ({ service, reader });

/** In every database. */
const COMMON: Readonly<Record<string, Decision>> = {
  migrations: of(''),
  events: of('r'),
  snapshots: of('arw'),
  checkpoints: of('arw'),
  dead_letters: of('arw'),
  relay_checkpoints: of('arw'),
  topic_prefixes: of('ar'),
  contractions: of('r'),
  timers: of('arw'),
  projections: of('r'),
  'projections.changed_at': of('w'),
  'append_events()': of('X'),
};

/** Of one context: its own tables; its read models, by what a tenant sees of them. */
const OWN: Readonly<Record<ContextName, { readonly tables: Readonly<Record<string, Decision>>; readonly own: readonly string[]; readonly shared: readonly string[]; readonly none: readonly string[] }>> = {
  inventory: { tables: {}, own: [], shared: [], none: ['site_view', 'rack_view', 'node_view', 'node_stays', 'place_view', 'part_view', 'alert_view'] },
  scheduling: {
    tables: { dispatch_snapshots: of('arw') },
    own: ['job_view', 'allocation_view', 'quota_view', 'site_plan_reservation'],
    shared: ['queue_view'],
    none: ['site_plan_view', 'site_plan_node'],
  },
  billing: {
    tables: { open_usages: of('ard'), metering: of('arw'), spending: of('arw') },
    own: ['usage_total', 'usage_slice', 'account_view', 'budget_view', 'invoice_view'],
    shared: [],
    none: ['ledger_account', 'ledger_transaction'],
  },
  sovereignty: {
    tables: { audit_tree: of('rw'), audit_tiles: of('arw'), audit_leaves: of('ar', 'r') },
    own: ['tenant_view', 'switch_view'],
    shared: ['policy_view', 'checkpoint_view'],
    none: [],
  },
  lab: {
    tables: {},
    own: [
      'programme_view', 'project_view', 'milestone_view', 'budget_view', 'commitment_view', 'actual_view', 'position_view', 'person_view', 'event_series_view',
      'run_view', 'run_job_view', 'burn', 'invoice_view', 'invoice_line_view',
    ],
    shared: [],
    none: [],
  },
};

/** Who is granted what, by object; the owner has all. */
const GRANTED = `
  SELECT name, split_part(item::text, '=', 1) AS role, split_part(split_part(item::text, '=', 2), '/', 1) AS rights FROM (
    SELECT relname::text AS name, unnest(coalesce(relacl, acldefault('r', relowner))) AS item FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'p', 'f')
    UNION ALL SELECT c.relname || '.' || a.attname, unnest(a.attacl) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT proname || '()', unnest(coalesce(proacl, acldefault('f', proowner))) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  ) granted`;
const COLUMNS = `SELECT attname AS name, atttypid::regtype::text AS type FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`;
const LIMIT = 120_000;

const installation = newInstallation();
let databaseUrl: Readonly<Record<ContextName, string>>;
let running: Awaited<ReturnType<typeof startEmbedded>>;
const clients = new Map<string, pg.Client>();

const roleOf = (context: ContextName, role: DatabaseRole) => `pioche_${installation.id}_${context}_${role}`;
const urlOf = (context: ContextName, role: DatabaseRole | 'admin'): string => {
  const { databaseUrl: service, databaseOwnerUrl: owner = '', databaseReaderUrl: reader = '' } = databaseConfigOf(databaseUrl[context], installation);
  return { admin: databaseUrl[context], owner, service, reader }[role];
};
async function as(context: ContextName, role: DatabaseRole | 'admin'): Promise<pg.Client> {
  const known = clients.get(`${context} ${role}`);
  if (known) return known;
  const client = new pg.Client({ connectionString: urlOf(context, role) });
  clients.set(`${context} ${role}`, client);
  await client.connect();
  return client;
}
const refusalOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', (error: { code?: string; message: string }) => error.code ?? error.message);
const DENIED = '42501';

beforeAll(async () => {
  databaseUrl = await contextDatabases(postgresUrl(), installation);
  const servers = { databaseUrl, brokers: undefined, topicPrefix: '', stop: async () => {} };
  running = await startEmbedded(servers, installation, { port: await freePort(), clock: 'simulated', onFailed: () => {} });
}, LIMIT);
afterAll(async () => {
  await Promise.all([...clients.values()].map((client) => client.end()));
  await running?.stop();
  for (const context of CONTEXTS) await dropDatabaseWithRoles(postgresUrl(), `pioche_${installation.id}_${context}`);
}, LIMIT);

describe.each(CONTEXTS)('the database of %s', (context) => {
  const { tables, own, shared, none } = OWN[context];
  const readModels = [...own, ...shared, ...none];

  it('gives each role the rights that were decided for each table, and PUBLIC none', async () => {
    const admin = await as(context, 'admin');
    const { rows } = await admin.query<{ name: string; role: string; rights: string }>(GRANTED);
    const found: Record<string, Decision> = {};
    for (const { name, role, rights } of rows) {
      const plain = name.replace(/_v\d+$/, '_v');
      const before = found[plain] ?? of('');
      if (role === roleOf(context, 'service')) found[plain] = { ...before, service: rights };
      else if (role === roleOf(context, 'reader')) found[plain] = { ...before, reader: rights };
      else {
        expect({ name, role }).toEqual({ name, role: roleOf(context, 'owner') });
        found[plain] = before;
      }
    }
    expect(found).toEqual({
      ...COMMON,
      ...tables,
      ...Object.fromEntries(readModels.flatMap((name) => [[name, of('r', 'r')], [`${name}_v`, of('arwd', 'r')]])),
    });
  });

  it('puts everything that the reader may read under row-level security, also for its owner', async () => {
    const admin = await as(context, 'admin');
    const { rows } = await admin.query<{ name: string; secured: boolean }>(
      `SELECT relname AS name, CASE relkind WHEN 'v' THEN reloptions @> '{security_invoker=true}' ELSE relrowsecurity AND relforcerowsecurity END AS secured
       FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND has_table_privilege($1, oid, 'SELECT')`,
      [roleOf(context, 'reader')],
    );
    expect(rows.length).toBeGreaterThanOrEqual(2 * readModels.length);
    expect(rows.filter(({ secured }) => !secured)).toEqual([]);
  });

  it('shows a tenant of each table its own rows, what is shared, or nothing; and nobody nothing', async () => {
    const [admin, reader] = [await as(context, 'admin'), await as(context, 'reader')];
    const lookAs = (platform: 'on' | 'off', tenant: string) => reader.query(LOOK_AS, [platform, tenant]);
    const seen = async (name: string) => (await reader.query<Record<string, unknown>>(`SELECT * FROM ${name}`)).rows;
    const audited = context === 'sovereignty' ? ['audit_leaves'] : [];
    for (const name of [...readModels, ...audited]) {
      const table = audited.includes(name) ? name : await tableOf(admin, name);
      for (const tenant of ['tenant_a', 'tenant_b']) await fill(admin, table, tenant);
      for (const relation of new Set([name, table])) {
        await lookAs('off', 'tenant_a');
        const rows = await seen(relation);
        if (own.includes(name) || audited.includes(name)) expect({ relation, tenants: rows.map((row) => row['tenant']) }).toEqual({ relation, tenants: ['tenant_a'] });
        else if (shared.includes(name)) expect({ relation, several: rows.length >= 2 }).toEqual({ relation, several: true });
        else expect({ relation, rows }).toEqual({ relation, rows: [] });
        await lookAs('off', '');
        expect({ relation, rows: await seen(relation) }).toEqual({ relation, rows: [] });
        await lookAs('on', '');
        expect((await seen(relation)).length).toBeGreaterThanOrEqual(2);
      }
    }
  });

  it('is appended to by its service through one function, and changed by nobody but its owner', async () => {
    const client = await as(context, 'service');
    const [readModel = ''] = readModels;
    const table = await tableOf(await as(context, 'admin'), readModel);
    for (const statement of [
      `UPDATE events SET type = 'x'`, 'DELETE FROM events', 'TRUNCATE events', 'INSERT INTO events DEFAULT VALUES', 'DROP TABLE events', 'ALTER TABLE events ADD COLUMN x int',
      'CREATE TABLE x (a int)', 'CREATE TEMP TABLE x (a int)', 'CREATE FUNCTION x() RETURNS int LANGUAGE sql RETURN 1', `TRUNCATE ${table}`, `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`,
      `UPDATE projections SET state = 'dropped'`, 'DELETE FROM checkpoints', 'DELETE FROM dead_letters', `SET ROLE ${roleOf(context, 'owner')}`, 'CREATE ROLE x', 'CREATE DATABASE x',
    ]) expect([statement, await refusalOf(client.query(statement))]).toEqual([statement, DENIED]);
    expect((await client.query(`SELECT * FROM append_events('[]')`)).rows).toEqual([]);
  });

  it('is read by its reader, who writes nothing and sees no event', async () => {
    const client = await as(context, 'reader');
    const [readModel = ''] = readModels;
    for (const statement of [
      ...['events', 'dead_letters', 'checkpoints', 'snapshots', 'timers', 'projections', 'migrations'].map((name) => `SELECT FROM ${name}`),
      `SELECT append_events('[]')`, `INSERT INTO ${await tableOf(await as(context, 'admin'), readModel)} DEFAULT VALUES`, `DELETE FROM ${readModel}`, 'CREATE TEMP TABLE x (a int)',
    ]) expect([statement, await refusalOf(client.query(statement))]).toEqual([statement, DENIED]);
  });

  it('lets in its own roles only, which are nothing elsewhere', async () => {
    const admin = await as(context, 'admin');
    for (const role of ['owner', 'service', 'reader'] as const) {
      const { rows } = await admin.query(
        `SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls OR EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid OR roleid = r.oid) AS more FROM pg_roles r WHERE rolname = $1`,
        [roleOf(context, role)],
      );
      expect(rows).toEqual([{ more: false }]);
      for (const other of CONTEXTS.filter((one) => one !== context)) {
        const url = Object.assign(new URL(urlOf(context, role)), { pathname: new URL(databaseUrl[other]).pathname });
        const client = new pg.Client({ connectionString: url.href });
        client.on('error', () => {});
        expect([role, other, await refusalOf(client.connect())]).toEqual([role, other, DENIED]);
      }
    }
    const { rows } = await admin.query(`SELECT has_database_privilege('public', current_database(), 'CONNECT, TEMP, CREATE') AS database, has_schema_privilege('public', 'public', 'USAGE, CREATE') AS schema`);
    expect(rows).toEqual([{ database: false, schema: false }]);
  });
});

/** The table that a read model's view shows. */
async function tableOf(admin: pg.Client, view: string): Promise<string> {
  const { rows } = await admin.query<{ name: string }>(`SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname ~ ('^' || $1 || '_v[0-9]+$')`, [view]);
  expect([view, rows.length]).toEqual([view, 1]);
  return rows[0]?.name ?? '';
}

let filled = 0;
/** A row with something in every column; that of the tenant, where there is such a column. */
async function fill(admin: pg.Client, table: string, tenant: string): Promise<void> {
  filled += 1;
  const { rows } = await admin.query<{ name: string; type: string }>(COLUMNS, [table]);
  const valueOf = (type: string): unknown => (/^(text|character)/.test(type) ? `${tenant} ${filled}` : type.startsWith('json') ? {} : /^(timestamp|date)/.test(type) ? '2026-11-01' : type === 'boolean' ? true : 1_000_000 + filled);
  const row = Object.fromEntries(rows.map(({ name, type }) => [name, name === 'tenant' ? tenant : valueOf(type)]));
  await admin.query(`INSERT INTO ${table} SELECT * FROM json_populate_record(NULL::${table}, $1)`, [JSON.stringify(row)]);
}
