/** The platform with replicas of two builds behind fronts, which can be replaced one by one. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { KafkaBroker, KafkaTicks } from '@pioche/event-bus';
import { freePort } from '@pioche/local-servers';
import { BuiltInIssuer } from '@pioche/service-kit';
import { startServers } from '../chaos/system/servers.js';
import type { System } from '../chaos/system.js';
import { untilReady } from '../ready.js';
import type * as separate from '../separate.js';
import type { Supervised } from '../supervisor.js';
import { Front } from './front.js';

/** A build of the whole platform, by where its sources and what was made of them are. */
export interface Build {
  readonly name: string;
  readonly folder: string;
}

interface Replica {
  readonly build: Build;
  readonly port: number;
  readonly process: Supervised;
}

export interface RollingSystem extends System {
  /** How many replicas a context has. */
  replicas(context: ContextName): number;
  /** One more, of this build; resolves when it is ready and gets connections. @returns the version that it says it has */
  add(context: ContextName, build: Build): Promise<string>;
  /** Ends the oldest in good order. @returns how long that took, in ms */
  removeOldest(context: ContextName): Promise<number>;
}

export interface RollingOptions {
  readonly dataDir: string;
  readonly build: Build;
  /** How long a replica that is to stop goes on answering, in ms. */
  readonly drainMs: number;
  readonly log: (line: string) => void;
}

const START_MS = 240_000;

/** A replica runs the program that its build has, with the configuration that its build gives it. */
const programsOf = ({ folder }: Build): Promise<typeof separate> =>
  import(pathToFileURL(join(folder, 'services/platform/dist/separate.js')).href) as Promise<typeof separate>;

/** One replica of each context. @throws Error when one is not ready in four minutes */
export async function startRolling({ dataDir, build, drainMs, log }: RollingOptions): Promise<RollingSystem> {
  const servers = await startServers({ dataDir, log });
  const { installation, databaseUrl, brokers, topicPrefix } = servers;
  const logDir = join(dataDir, 'logs');
  mkdirSync(logDir, { recursive: true });
  const fronts = new Map<ContextName, Front>();
  for (const context of CONTEXTS) fronts.set(context, await Front.open());
  const running = new Map<ContextName, Replica[]>(CONTEXTS.map((context) => [context, []]));
  const frontOf = (context: ContextName): Front => fronts.get(context) ?? never(context);
  const ofContext = (context: ContextName): Replica[] => running.get(context) ?? never(context);
  let started = 0;

  async function add(context: ContextName, of: Build): Promise<string> {
    const port = await freePort();
    const { superviseService } = await programsOf(of);
    const name = `${context}-${of.name}-${(started += 1)}`;
    const process = superviseService({ context, name, port, databaseUrl: databaseUrl[context], brokers, topicPrefix, installation, clock: 'simulated', log, logDir, drainMs });
    ofContext(context).push({ build: of, port, process });
    frontOf(context).add(port);
    await untilReady(name, `http://127.0.0.1:${port}`, START_MS);
    await frontOf(context).sends(port);
    const { info } = (await (await fetch(`http://127.0.0.1:${port}/openapi.json`)).json()) as { info: { version: string } };
    return info.version;
  }

  async function stop(): Promise<void> {
    await Promise.all([...running.values()].flat().map(({ process }) => process.stop()));
    for (const front of fronts.values()) await front.close();
    await servers.stop();
  }

  let ticks: KafkaTicks;
  try {
    await Promise.all(CONTEXTS.map((context) => add(context, build)));
    ticks = await KafkaTicks.open(new KafkaBroker({ brokers: [...brokers], clientId: 'pioche-upgrade' }), topicPrefix);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    databaseUrl,
    brokers,
    topicPrefix,
    dataDir,
    url: (context) => frontOf(context).url,
    issuer: await BuiltInIssuer.fromSecret(installation.secret),
    tick: (now) => ticks.tick(now),
    replicas: (context) => ofContext(context).length,
    add,
    async removeOldest(context) {
      const oldest = ofContext(context).shift();
      if (oldest === undefined) return 0;
      const begun = performance.now();
      await oldest.process.stop();
      frontOf(context).remove(oldest.port);
      return performance.now() - begun;
    },
    async stop() {
      await ticks.close();
      await stop();
    },
  };
}

const never = (context: ContextName): never => {
  throw new Error(`no ${context}`);
};
