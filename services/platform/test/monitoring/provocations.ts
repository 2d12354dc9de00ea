/** What makes each alert fire on a platform that runs, and what its runbook says to do then. */
import type { ContextName } from '@pioche/contracts';
import { installationOf, type Installation } from '../../src/installation.js';
import { topicPrefixOf } from '../../src/servers.js';
import type { PlatformProgram } from '../program.js';
import { Databases } from './databases.js';
import { Operator } from './operator.js';

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

const pause = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

export class Provocations {
  private readonly databases: Databases;
  private repeated: Repeated | undefined;

  private constructor(
    private readonly program: PlatformProgram,
    private readonly installation: Installation,
    private readonly operator: Operator,
  ) {
    this.databases = new Databases(installation);
  }

  static async of(program: PlatformProgram): Promise<Provocations> {
    const installation = installationOf(program.dataDir);
    return new Provocations(program, installation, await Operator.of(program.port, installation.secret));
  }

  provocation(alert: string): Provocation {
    const found = Object.entries(this.all).find(([name]) => name === alert);
    if (!found) throw new Error(`nobody knows how to provoke ${alert}`);
    return found[1];
  }

  readonly all = {
    ServiceDown: { labels: { service: 'lab' }, provoke: async () => this.signal('lab', 'SIGSTOP'), remedy: async () => this.signal('lab', 'SIGCONT') },
    ServiceNotReady: { labels: { service: 'billing', check: 'database' }, provoke: () => this.databases.shut('billing', true), remedy: () => this.databases.shut('billing', false) },
    RequestsFailing: {
      labels: { service: 'billing' },
      provoke: async () => {
        await this.databases.shut('billing', true);
        this.repeat(() => Promise.all([this.operator.look('billing', '/invoices'), pause(200)]));
      },
      remedy: async () => {
        await this.databases.shut('billing', false);
        await pause(10_000);
        await this.settle();
      },
    },
    RequestsSlow: { labels: { service: 'inventory' }, provoke: () => this.askForLocked(10), remedy: () => this.letGo() },
    DatabaseConnectionsExhausted: { labels: { service: 'inventory', db_client_connection_pool_name: 'queries' }, provoke: () => this.askForLocked(60), remedy: () => this.letGo() },
    RequestsRefused: { labels: { service: 'inventory' }, provoke: () => this.askForLocked(1_200), remedy: () => this.letGo() },
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
        await this.databases.takeLock('lab', `relay ${topicPrefixOf(this.installation)}lab`);
        await this.operator.openProgramme();
      },
      remedy: () => this.letGo(),
    },
    DeadLettersOpen: {
      labels: { service: 'lab' },
      provoke: async () => {
        await this.databases.rights('lab', 'REVOKE INSERT, UPDATE ON programme_view_v1 FROM');
        await this.operator.openProgramme();
      },
      remedy: async () => {
        await this.databases.rights('lab', 'GRANT INSERT, UPDATE ON programme_view_v1 TO');
        await this.operator.redriveAll('lab');
      },
    },
    TimerFailing: {
      labels: { service: 'sovereignty', timer: 'sign-checkpoint' },
      provoke: async () => {
        await this.databases.rights('sovereignty', 'REVOKE UPDATE ON timers FROM');
        await this.operator.later(600, 'sovereignty');
      },
      remedy: () => this.databases.rights('sovereignty', 'GRANT UPDATE ON timers TO'),
    },
    GpusUnhealthy: { provoke: () => this.operator.drainEachTenthNode(), remedy: () => this.operator.resumeNodes() },
    BooksDisagree: {
      labels: { books: 'ledger' },
      provoke: () => this.databases.sql('billing', 'UPDATE ledger_account_v2 SET balance = balance + 1000000000 WHERE ledger_account = (SELECT min(ledger_account) FROM ledger_account_v2)'),
      remedy: () => this.operator.rebuild('billing', 'ledger'),
    },
    SwitchOffOverdue: {
      provoke: async () => {
        this.signal('scheduling', 'SIGSTOP');
        await this.operator.turnOff();
        await this.operator.later(180, 'sovereignty');
      },
      remedy: async () => {
        this.signal('scheduling', 'SIGCONT');
        await this.operator.acknowledgeFences();
      },
    },
    AuditCheckpointOverdue: {
      provoke: async () => {
        await this.databases.takeLock('sovereignty', 'timers sovereignty');
        await this.operator.openProgramme();
        await pause(5_000);
        await this.operator.later(1_800, 'sovereignty');
      },
      remedy: () => this.letGo(),
    },
  } as const satisfies Readonly<Record<string, Provocation>>;

  async close(): Promise<void> {
    await this.letGo();
  }

  private signal(service: ContextName, signal: NodeJS.Signals): void {
    const pid = [...this.program.said.matchAll(new RegExp(`^${service}: .*process (\\d+)`, 'gm'))].at(-1)?.[1];
    process.kill(Number(pid), signal);
  }

  /** A table is locked, while so many at a time ask for what is in it. */
  private async askForLocked(asking: number): Promise<void> {
    await this.databases.lockTable('inventory', 'rack_view_v1');
    this.repeat(() => Promise.all([...Array.from({ length: asking }, () => this.operator.look('inventory', '/racks')), pause(100)]));
  }

  /** The table of a read model is locked, and 5,000 events come. */
  private async blockConsumer(): Promise<void> {
    await this.databases.lockTable('scheduling', 'job_view_v2');
    await this.databases.appendCheckpoints(5_000);
  }

  private repeat(work: () => Promise<unknown>): void {
    this.repeated = new Repeated(work);
  }

  private async settle(): Promise<void> {
    await this.repeated?.end();
    this.repeated = undefined;
  }

  /** Ends what blocks others, and whoever asks. */
  private async letGo(): Promise<void> {
    await this.databases.letGo();
    await this.settle();
  }
}
