/** The distributed shape on one machine: the five services as processes of their own, on real Kafka and PostgreSQL. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { KafkaBroker, KafkaTicks } from '@pioche/event-bus';
import { BuiltInIssuer } from '@pioche/service-kit';
import type { Installation } from './installation.js';
import { untilReady } from './ready.js';
import { databaseConfigOf, type Servers } from './servers.js';
import type { Shape } from './shape.js';
import { Supervised } from './supervisor.js';

/** Where a service finds what it needs. */
export interface Reach {
  /** Whoever's it is: the service logs in with its own roles. */
  readonly databaseUrl: string;
  readonly brokers: readonly string[];
}

export interface SeparateOptions {
  /** The first service's port; the others follow. A function gives each its own. */
  readonly port: number | ((context: ContextName) => number);
  readonly clock: 'system' | 'simulated';
  readonly log: (line: string) => void;
  /** Folder that exists and gets a file of each service's log; default: logs are dropped. */
  readonly logDir?: string;
  /** How a service comes to the servers, where it does not come to them directly. */
  readonly reachOf?: (context: ContextName) => Reach;
}

export interface SeparateShape extends Shape {
  readonly processes: ReadonlyMap<ContextName, Supervised>;
}

/** The program of a service lies beside what it exports. */
const mainOf = (context: ContextName): string => fileURLToPath(new URL('main.js', import.meta.resolve(`@pioche/${context}`)));

export interface ServiceProgram extends Reach {
  readonly context: ContextName;
  readonly port: number;
  readonly topicPrefix: string;
  readonly installation: Installation;
  readonly clock: 'system' | 'simulated';
  readonly log: (line: string) => void;
  /** Of this process, where it is not the only one of its context. */
  readonly name?: string;
  readonly logDir?: string | undefined;
  /** How long it goes on answering when it is to stop, in milliseconds. Default: 0. */
  readonly drainMs?: number;
}

/** What ending takes beside draining, in milliseconds. */
const STOP_MS = 5_000;

/** A service as a process of its own. */
export const superviseService = ({ context, port, databaseUrl, brokers, topicPrefix, installation, clock, log, logDir, name = context, drainMs = 0 }: ServiceProgram): Supervised => {
  const database = databaseConfigOf(databaseUrl, installation);
  return new Supervised({
    name,
    file: mainOf(context),
    log,
    outputFile: logDir && join(logDir, `${name}.log`),
    stopMs: drainMs + STOP_MS,
    env: {
      PORT: String(port),
      HOST: '127.0.0.1',
      DATABASE_URL: database.databaseUrl,
      DATABASE_OWNER_URL: database.databaseOwnerUrl ?? '',
      DATABASE_READER_URL: database.databaseReaderUrl ?? '',
      BROKER: 'kafka',
      KAFKA_BROKERS: brokers.join(','),
      TOPIC_PREFIX: topicPrefix,
      CLOCK: clock,
      ISSUER_SECRET: installation.secret,
      LOG_LEVEL: 'warn',
      WAIT_LIMIT_MS: '30000',
      DRAIN_MS: String(drainMs),
    },
  });
};

/** @throws Error when a service is not ready in two minutes */
export async function startSeparate(servers: Servers, installation: Installation, { port, clock, log, logDir, reachOf }: SeparateOptions): Promise<SeparateShape> {
  const { topicPrefix, brokers = [] } = servers;
  const reach = reachOf ?? ((context): Reach => ({ databaseUrl: servers.databaseUrl[context], brokers }));
  const portOf = typeof port === 'function' ? port : (context: ContextName) => port + CONTEXTS.indexOf(context);
  const url = (context: ContextName) => `http://127.0.0.1:${portOf(context)}`;
  const processes = new Map(CONTEXTS.map((context) => [context, superviseService({ context, port: portOf(context), ...reach(context), topicPrefix, installation, clock, log, logDir })]));
  const stopAll = () => Promise.all([...processes.values()].map((one) => one.stop()));
  try {
    await Promise.all(CONTEXTS.map((context) => untilReady(context, url(context))));
  } catch (error) {
    await stopAll();
    throw error;
  }
  const ticks = await KafkaTicks.open(new KafkaBroker({ brokers: [...brokers], clientId: 'pioche-platform' }), servers.topicPrefix);
  return {
    processes,
    url,
    issuer: await BuiltInIssuer.fromSecret(installation.secret),
    tick: (now) => ticks.tick(now),
    async stop() {
      await ticks.close();
      await stopAll();
    },
  };
}
