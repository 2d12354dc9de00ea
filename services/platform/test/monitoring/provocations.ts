/** What makes each alert fire on a platform that runs, and what its runbook says to do then. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { BuiltInIssuer } from '@pioche/service-kit';
import { eventually } from '@pioche/testing';
import pg from 'pg';
import { installationOf, type Installation } from '../../src/installation.js';
import { Api } from '../../src/scenario/api.js';
import { custodian } from '../../src/scenario/custodian.js';
import { SWITCHED, TENANTS } from '../../src/scenario/tenants.js';
import { databaseNameOf, topicPrefixOf } from '../../src/servers.js';
import type { PlatformProgram } from '../program.js';

export interface Provocation {
  readonly provoke: () => Promise<void>;
  readonly remedy: () => Promise<void>;
  /** Of the alert that is meant, where others may fire too. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What goes on until it is told to end. */
class Repeated {
  private going = true;
  private readonly done: Promise<unknown>;

  constructor(work: () => Promise<unknown>) {
    this.done = (async () => {
      while (this.going) await work();
    })();
  }

  end(): Promise<unknown> {
    this.going = false;
    return this.done;
  }
}

const ask = (url: string, token: string): Promise<unknown> => fetch(url, { headers: { authorization: `Bearer ${token}` } }).then((answer) => answer.text(), () => undefined);
const pause = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

export class Provocations {
  private readonly sessions = new Set<pg.Client>();
  private repeated: Repeated | undefined;
  private number = 0;

  private constructor(
    private readonly program: PlatformProgram,
    private readonly installation: Installation,
    private readonly token: string,
    private readonly issuer: BuiltInIssuer,
  ) {}

  static async of(program: PlatformProgram): Promise<Provocations> {
    const installation = installationOf(program.dataDir);
    const issuer = await BuiltInIssuer.fromSecret(installation.secret);
    return new Provocations(program, installation, await issuer.mint({ subject: 'operator', role: 'operator', lifetime: 86_400 }), issuer);
  }

  provocation(alert: string): Provocation {
    const found = Object.entries(this.all).find(([name]) => name === alert);
    if (!found) throw new Error(`nobody knows how to provoke ${alert}`);
    return found[1];
  }

  readonly all = {
    ServiceDown: { labels: { service: 'lab' }, provoke: async () => this.signal('lab', 'SIGSTOP'), remedy: async () => this.signal('lab', 'SIGCONT') },
    ServiceNotReady: { labels: { service: 'billing', check: 'database' }, provoke: () => this.shut('billing', true), remedy: () => this.shut('billing', false) },
    RequestsFailing: {
      labels: { service: 'billing' },
      provoke: async () => {
        await this.shut('billing', true);
        this.repeat(() => Promise.all([this.get('billing', '/invoices'), pause(200)]));
      },
      remedy: async () => {
        await this.shut('billing', false);
        await pause(10_000);
        await this.settle();
      },
    },
    RequestsSlow: { labels: { service: 'inventory' }, provoke: () => this.hold('inventory', 'rack_view_v1', 10), remedy: () => this.letGo() },
    DatabaseConnectionsExhausted: { labels: { service: 'inventory', db_client_connection_pool_name: 'queries' }, provoke: () => this.hold('inventory', 'rack_view_v1', 60), remedy: () => this.letGo() },
    RequestsRefused: { labels: { service: 'inventory' }, provoke: () => this.hold('inventory', 'rack_view_v1', 1_200), remedy: () => this.letGo() },
    EventLoopBlocked: {
      labels: { service: 'lab' },
      provoke: async () => this.repeat(async () => {
        this.signal('lab', 'SIGSTOP');
        await pause(900);
        this.signal('lab', 'SIGCONT');
        await pause(500);
      }),
      remedy: () => this.settle(),
    },
    ConsumerBehind: { labels: { service: 'scheduling' }, provoke: () => this.blockConsumer(), remedy: () => this.letGo() },
    ConsumerStopped: { labels: { service: 'scheduling' }, provoke: () => this.blockConsumer(), remedy: () => this.letGo() },
    RelayBehind: {
      labels: { service: 'lab' },
      provoke: async () => {
        await this.takeLock('lab', `relay ${topicPrefixOf(this.installation)}lab`);
        await this.openProgramme();
      },
      remedy: () => this.letGo(),
    },
    DeadLettersOpen: {
      labels: { service: 'lab' },
      provoke: async () => {
        await this.rights('lab', 'REVOKE INSERT, UPDATE ON programme_view_v1 FROM');
        await this.openProgramme();
      },
      remedy: async () => {
        await this.rights('lab', 'GRANT INSERT, UPDATE ON programme_view_v1 TO');
        await this.redriveAll('lab');
      },
    },
    TimerFailing: {
      labels: { service: 'sovereignty', timer: 'sign-checkpoint' },
      provoke: async () => {
        await this.rights('sovereignty', 'REVOKE UPDATE ON timers FROM');
        await this.later(600);
      },
      remedy: () => this.rights('sovereignty', 'GRANT UPDATE ON timers TO'),
    },
    GpusUnhealthy: {
      provoke: async () => this.eachTenthNode('in_service', 'drain', { reason: 'a firmware update', deadline: this.at(86_400) }),
      remedy: () => this.eachTenthNode('draining', 'resume', {}),
    },
    BooksDisagree: {
      labels: { books: 'ledger' },
      provoke: () => this.sql('billing', 'UPDATE ledger_account_v2 SET balance = balance + 1000000000 WHERE ledger_account = (SELECT min(ledger_account) FROM ledger_account_v2)'),
      remedy: async () => void (await (await this.api()).post('billing', `/read-models/${await this.readModelOf('billing', 'ledger')}:rebuild`, this.key(), {})),
    },
    SwitchOffOverdue: {
      provoke: async () => {
        this.signal('scheduling', 'SIGSTOP');
        await this.turn('Off');
        await this.later(180, 'sovereignty');
      },
      remedy: async () => this.signal('scheduling', 'SIGCONT'),
    },
    AuditCheckpointOverdue: {
      provoke: async () => {
        await this.takeLock('sovereignty', 'timers sovereignty');
        await this.openProgramme();
        await pause(5_000);
        await this.later(1_800, 'sovereignty');
      },
      remedy: () => this.letGo(),
    },
  } as const satisfies Readonly<Record<string, Provocation>>;

  async close(): Promise<void> {
    await this.letGo();
  }

  // What is done to processes.

  private pidOf(service: ContextName): number {
    return Number([...this.program.said.matchAll(new RegExp(`^${service}: .*process (\\d+)`, 'gm'))].at(-1)?.[1]);
  }

  private signal(service: ContextName, signal: NodeJS.Signals): void {
    process.kill(this.pidOf(service), signal);
  }

  // What is asked of services.

  private url = (context: ContextName): string => `http://127.0.0.1:${this.program.port + CONTEXTS.indexOf(context)}`;
  private get = (context: ContextName, path: string): Promise<unknown> => ask(this.url(context) + path, this.token);
  private key = (): string => `provoked-${process.pid}-${++this.number}`;
  private now = '';

  /** The simulated time in so many seconds. */
  private at(seconds: number): string {
    return new Date(Date.parse(this.now) + seconds * 1_000).toISOString();
  }

  private async api(): Promise<Api> {
    const api = new Api({ url: this.url, token: this.token });
    this.now = [this.now, (await api.get<{ clock: string }>('sovereignty', '/lag')).clock].toSorted().at(-1) ?? '';
    api.now = this.now;
    return api;
  }

  /** Simulated time goes on: a request carries it. */
  private async later(seconds: number, context: ContextName = 'sovereignty'): Promise<void> {
    await this.api();
    this.now = this.at(seconds);
    await fetch(`${this.url(context)}/lag`, { headers: { authorization: `Bearer ${this.token}`, 'pioche-simulated-time': this.now } });
  }

  private async openProgramme(): Promise<void> {
    const api = await this.api();
    const { items } = await api.get<{ items: { tenant: string }[] }>('lab', '/programmes');
    await api.post('lab', '/programmes', this.key(), { name: `Programme ${this.number}`, tenant: items[0]?.tenant });
  }

  private async eachTenthNode(status: string, command: string, body: object): Promise<void> {
    const api = await this.api();
    const { items } = await api.get<{ items: { node: string }[] }>('inventory', `/nodes?status=${status}&page_size=200`);
    const some = status === 'in_service' ? items.filter((_, at) => at % 10 === 0) : items;
    for (const { node } of some) await api.post('inventory', `/nodes/${node}:${command}`, this.key(), body);
  }

  private async readModelOf(context: ContextName, part: string): Promise<string> {
    const { items } = await (await this.api()).get<{ items: { name: string }[] }>(context, '/read-models');
    return items.find(({ name }) => name.includes(part))?.name ?? '';
  }

  private async redriveAll(context: ContextName): Promise<void> {
    const api = await this.api();
    await eventually(async () => {
      const { items } = await api.get<{ items: { id: string; state: string }[] }>(context, '/dead-letters?state=dead');
      for (const { id } of items) await api.post(context, `/dead-letters/${id}:redrive`, this.key(), {});
      expect(items).toEqual([]);
    }, 30_000);
  }

  private async turn(direction: 'Off' | 'On'): Promise<void> {
    const plan = TENANTS.find(({ key }) => key === SWITCHED);
    const operator = await this.api();
    const { items } = await operator.get<{ items: { tenant: string; name: string; custodians: { id: string; name: string }[] }[] }>('sovereignty', '/tenants');
    const tenant = items.find(({ name }) => name === plan?.name);
    if (!plan || !tenant) throw new Error('the tenant that switches is not there');
    const people = new Api({ url: this.url, token: await this.issuer.mint({ subject: 'custodian', role: 'key_custodian', tenant: tenant.tenant, lifetime: 3_600 }) });
    people.now = this.now;
    const switches = await operator.get<{ items: { switch: string }[] }>('sovereignty', `/switches?tenant=${tenant.tenant}`);
    const id = switches.items[0]?.switch ?? '';
    const asked = await people.post<{ events: { data: { request?: string; statement?: string } }[] }>('sovereignty', `/switches/${id}:request${direction}`, this.key(), {});
    const petition = asked.events.find(({ data }) => data.statement !== undefined)?.data;
    for (let index = 0; index < plan.quorum; index += 1) {
      const person = custodian(1, plan.key, index);
      const signer = tenant.custodians.find(({ name }) => name === person.name);
      await people.post('sovereignty', `/switches/${id}:approve`, this.key(), { request: petition?.request, custodian: signer?.id, signature: person.sign(petition?.statement ?? '') });
    }
  }

  // What is done to databases.

  private nameOf = (context: ContextName): string => databaseNameOf(this.installation, context);

  /** As the administrator. */
  private async session(database = 'postgres'): Promise<pg.Client> {
    const url = new URL(process.env['PIOCHE_POSTGRES_URL'] ?? '');
    url.pathname = database;
    const client = new pg.Client({ connectionString: url.href });
    client.on('error', () => {});
    await client.connect();
    this.sessions.add(client);
    return client;
  }

  private async sql(context: ContextName | undefined, text: string): Promise<void> {
    const client = await this.session(context && this.nameOf(context));
    await client.query(text);
    this.sessions.delete(client);
    await client.end();
  }

  private rights(context: ContextName, change: string): Promise<void> {
    return this.sql(context, `${change} "${this.nameOf(context)}_service"`);
  }

  private async shut(context: ContextName, shut: boolean): Promise<void> {
    await this.sql(undefined, `ALTER DATABASE "${this.nameOf(context)}" ALLOW_CONNECTIONS ${!shut}`);
    if (shut) await this.sql(undefined, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${this.nameOf(context)}'`);
  }

  /** A session takes a lock that only one can have, as soon as it can, and keeps it. */
  private async takeLock(context: ContextName, name: string): Promise<void> {
    const client = await this.session(this.nameOf(context));
    const { rows: [key] } = await client.query<{ key: string }>('SELECT hashtextextended($1, 0)::text AS key', [name]);
    const holders = `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid() AND (classid::bigint << 32 | objid::bigint) = ${key?.key}`;
    await client.query(holders);
    await eventually(async () => {
      const { rows: [taken] } = await client.query<{ taken: boolean }>(`SELECT pg_try_advisory_lock(${key?.key}) AS taken`);
      if (taken?.taken !== true) await client.query(holders);
      expect(taken?.taken).toBe(true);
    }, 30_000);
  }

  /** A session keeps a table to itself, while so many ask for what is in it. */
  private async hold(context: ContextName, table: string, asking: number): Promise<void> {
    const client = await this.session(this.nameOf(context));
    await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    this.repeat(() => Promise.all([...Array.from({ length: asking }, () => this.get(context, '/racks')), pause(100)]));
  }

  /** A session keeps the table of a read model to itself, and 5,000 events come. */
  private async blockConsumer(): Promise<void> {
    const client = await this.session(this.nameOf('scheduling'));
    await client.query('BEGIN; LOCK TABLE job_view_v2 IN ACCESS EXCLUSIVE MODE');
    // As a job that saves its progress again and again has them.
    await this.sql('scheduling', `INSERT INTO events (stream_id, version, event_id, type, schema_version, data, meta, time)
      SELECT stream_id, (SELECT max(version) FROM events other WHERE other.stream_id = one.stream_id) + n, 'provoked-' || n || '-' || clock_timestamp(), type, schema_version, data, meta, time
      FROM (SELECT * FROM events WHERE type = 'JobCheckpointed' ORDER BY position LIMIT 1) one, generate_series(1, 5000) n`);
  }

  private repeat(work: () => Promise<unknown>): void {
    this.repeated = new Repeated(work);
  }

  private async settle(): Promise<void> {
    await this.repeated?.end();
    this.repeated = undefined;
  }

  /** Ends the sessions that block others, and whoever asks. */
  private async letGo(): Promise<void> {
    await Promise.all([...this.sessions].map((client) => client.end().catch(() => {})));
    this.sessions.clear();
    await this.settle();
  }
}
