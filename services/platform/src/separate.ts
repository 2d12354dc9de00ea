/** The distributed shape on one machine: the five services as processes of their own, on real Kafka and PostgreSQL. */
import { fileURLToPath } from 'node:url';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { KafkaBroker, KafkaTicks } from '@pioche/event-bus';
import { BuiltInIssuer } from '@pioche/service-kit';
import type { Installation } from './installation.js';
import type { Servers } from './servers.js';
import type { Shape } from './shape.js';
import { Supervised } from './supervisor.js';

export interface SeparateOptions {
  /** The first service's port; the others follow. */
  readonly port: number;
  readonly clock: 'system' | 'simulated';
  readonly log: (line: string) => void;
}

export interface SeparateShape extends Shape {
  readonly processes: ReadonlyMap<ContextName, Supervised>;
}

const READY_MS = 60_000;

/** The program of a service lies beside what it exports. */
const mainOf = (context: ContextName): string => fileURLToPath(new URL('main.js', import.meta.resolve(`@pioche/${context}`)));

/** @throws Error when a service is not ready in a minute */
export async function startSeparate(servers: Servers, { secret }: Installation, { port, clock, log }: SeparateOptions): Promise<SeparateShape> {
  const brokers = servers.brokers ?? [];
  const portOf = (context: ContextName) => port + CONTEXTS.indexOf(context);
  const url = (context: ContextName) => `http://127.0.0.1:${portOf(context)}`;
  const processes = new Map(
    CONTEXTS.map((context) => [
      context,
      new Supervised({
        name: context,
        file: mainOf(context),
        log,
        env: {
          PORT: String(portOf(context)),
          HOST: '127.0.0.1',
          DATABASE_URL: servers.databaseUrl[context],
          BROKER: 'kafka',
          KAFKA_BROKERS: brokers.join(','),
          TOPIC_PREFIX: servers.topicPrefix,
          CLOCK: clock,
          ISSUER_SECRET: secret,
          LOG_LEVEL: 'warn',
          WAIT_LIMIT_MS: '30000',
        },
      }),
    ]),
  );
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
    issuer: await BuiltInIssuer.fromSecret(secret),
    tick: (now) => ticks.tick(now),
    async stop() {
      await ticks.close();
      await stopAll();
    },
  };
}

async function untilReady(context: ContextName, url: string): Promise<void> {
  for (const end = Date.now() + READY_MS; ; ) {
    const ready = await fetch(`${url}/readyz`).then((response) => response.ok, () => false);
    if (ready) return;
    if (Date.now() > end) throw new Error(`${context} is not ready after ${READY_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
