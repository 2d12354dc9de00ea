/** A whole service for a test: fresh databases with their roles, the log tail, simulated time, tokens for every role. */
import { randomBytes } from 'node:crypto';
import type { Type } from '@nestjs/common';
import type { ContextName } from '@pioche/contracts';
import { EventStore, eventStoreMigrations } from '@pioche/event-store';
import { derivedId, SimulatedClock, type Fact, type Instant } from '@pioche/kernel';
import { allEvents, declarationOf, startService, type Role, type Service, type ServiceConfig, type TokenRequest } from '@pioche/service-kit';
import { NOW } from '../given.js';
import { freshDatabase, type FreshDatabase } from '../servers.js';
import { Client, type Surroundings } from './client.js';

export interface TestOptions {
  /** Other contexts whose events it listens to: each gets a log of its own, which `happened` writes. */
  readonly logs?: readonly ContextName[];
  readonly config?: Partial<ServiceConfig>;
  /** Where time begins. */
  readonly now?: Instant;
}

const configOf = (database: FreshDatabase): ServiceConfig => ({
  port: 0,
  host: '127.0.0.1',
  databaseUrl: database.urls.service,
  databaseOwnerUrl: database.urls.owner,
  databaseReaderUrl: database.urls.reader,
  databasePool: 8,
  broker: 'log',
  kafkaBrokers: [],
  topicPrefix: '',
  clock: 'simulated',
  identity: { kind: 'secret', secret: 'a secret that only this test knows, 32+' },
  logLevel: 'error',
  otlpEndpoint: undefined,
  waitLimitMs: 10_000,
});

/** `const service = await startForTest(SovereigntyModule, { logs: ['scheduling'] })`; call `stop` at the end. */
export async function startForTest(module: Type, options: TestOptions = {}): Promise<ServiceUnderTest> {
  const own = await freshDatabase();
  const logs = new Map<ContextName, OtherLog>();
  for (const context of options.logs ?? []) logs.set(context, await openLog(context));
  const service = new ServiceUnderTest(module, { ...configOf(own), ...options.config }, own, logs, options.now ?? NOW);
  await service.start();
  return service;
}

/** What `GET /lag` answers, as far as it matters here. */
interface Lag {
  readonly timers_busy: boolean;
  readonly consumers: readonly { readonly consumer: string; readonly position: number; readonly head?: number }[];
}

interface OtherLog {
  readonly database: FreshDatabase;
  readonly store: EventStore;
}

async function openLog(context: ContextName): Promise<OtherLog> {
  const database = await freshDatabase(eventStoreMigrations);
  const groups = allEvents.filter((group) => group.context === context);
  return { database, store: new EventStore({ pool: database.pool, context, groups }) };
}

export class ServiceUnderTest {
  private running: (Service & { readonly url: string }) | undefined;
  private readonly clients = new Map<string, Client>();
  private readonly seen = new Map<string, number>();
  private readonly around: Surroundings;

  constructor(
    private readonly module: Type,
    private readonly config: ServiceConfig,
    /** Its database. */
    readonly database: FreshDatabase,
    private readonly logs: ReadonlyMap<ContextName, OtherLog>,
    /** The time that requests carry; `advance` moves it. */
    private time: Instant,
  ) {
    this.around = {
      url: () => this.service.url,
      now: () => this.time,
      newKey: () => randomBytes(9).toString('base64url'),
      seen: () => [...this.seen].map(([context, position]) => `${context}:${position}`).join(),
      wrote: (token) => this.wrote(token),
    };
  }

  get service(): Service & { readonly url: string } {
    if (this.running === undefined) throw new Error('the service is stopped');
    return this.running;
  }

  get now(): Instant {
    return this.time;
  }

  async start(): Promise<void> {
    this.running = await startService({ module: this.module, config: this.config, logs: [...this.logs.values()].map(({ store }) => store) });
    this.clock.advance(this.time);
  }

  /** As after a deployment: the same databases, a new process. */
  async restart(): Promise<void> {
    await this.service.stop();
    await this.start();
  }

  /** Moves the time of requests, and with it timers. */
  advance(to: Instant): void {
    this.time = to;
    this.clock.advance(to);
  }

  /** Somebody with this role (of this tenant), or whom the token names. */
  as(who: Role | TokenRequest, tenant?: string): Client {
    const request: TokenRequest = typeof who !== 'string' ? who : { subject: tenant === undefined ? who : `${who} of ${tenant}`, role: who, ...(tenant === undefined ? {} : { tenant }) };
    const key = JSON.stringify(request);
    const client = this.clients.get(key) ?? new Client(this.mint(request), this.around);
    this.clients.set(key, client);
    return client;
  }

  /** Writes events of another context into its log, as that context would have. */
  async happened(context: ContextName, stream: string, facts: readonly Fact[], { time = this.time, tenant }: { time?: Instant; tenant?: string } = {}): Promise<void> {
    const log = this.logs.get(context);
    if (log === undefined) throw new Error(`startForTest(${declarationOf(this.module).name}, { logs: ['${context}'] }) is needed for that`);
    const commandId = derivedId('cmd', this.around.newKey());
    const meta = { time, actor: 'test', correlationId: commandId, causationId: commandId, tenant };
    const { position } = await log.store.append({ commandId, writes: [{ stream, expected: 'any', events: facts }], meta });
    this.wrote(`${context}:${position}`);
  }

  /** Waits until every consumer has what is in the logs, and what followed from it. */
  async settled(limitMs = 10_000): Promise<void> {
    const end = Date.now() + limitMs;
    for (let quiet = 0; quiet < 2; ) {
      const { body } = await this.as('operator').get<Lag>('/lag');
      const waiting = body.consumers.filter(({ position, head = position }) => position < head);
      quiet = waiting.length > 0 || body.timers_busy ? 0 : quiet + 1;
      if (quiet < 2 && Date.now() > end) throw new Error(`still at work: ${JSON.stringify(waiting)}`);
    }
  }

  /** The log of another context, to look into. */
  log(context: ContextName): EventStore | undefined {
    return this.logs.get(context)?.store;
  }

  /** Stops it and drops its databases. */
  async stop(): Promise<void> {
    await this.running?.stop();
    for (const { store, database } of this.logs.values()) {
      await store.close();
      await database.drop();
    }
    await this.database.drop();
  }

  private get clock(): SimulatedClock {
    const { clock } = this.service;
    if (!(clock instanceof SimulatedClock)) throw new Error('this service runs on the real clock');
    return clock;
  }

  private mint(request: TokenRequest): Promise<string> {
    return this.service.issuer?.mint(request) ?? Promise.reject(new Error('the service issues no tokens'));
  }

  private wrote(token: string): void {
    const [context = '', position = ''] = token.split(':');
    if (position !== '') this.seen.set(context, Math.max(this.seen.get(context) ?? 0, Number(position)));
  }
}
