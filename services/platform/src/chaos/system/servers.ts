/** PostgreSQL and Kafka of a run's own, that can be killed; each service reaches them through proxies of its own. */
import { join } from 'node:path';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { discardServers, embeddedKafka, embeddedPostgres, freePort, MissingPart, type Crashable } from '@pioche/local-servers';
import { installationOf, type Installation } from '../../installation.js';
import type { Reach } from '../../separate.js';
import { contextDatabases, topicPrefixOf, type Servers } from '../../servers.js';
import { TcpProxy } from './proxy.js';
import { quotaOn, unmount, type Quota } from './quota.js';

export type Upstream = 'postgres' | 'kafka';
export type Proxies = Readonly<Record<Upstream, ReadonlyMap<ContextName, TcpProxy>>>;

export interface ChaosServers extends Servers {
  readonly installation: Installation;
  readonly brokers: readonly string[];
  readonly postgres: Crashable;
  readonly kafka: Crashable;
  /** Of Kafka's log; nothing where this machine gives none. */
  readonly disk: Quota | undefined;
  readonly proxies: Proxies;
  /** How a service comes to them. */
  readonly reachOf: (context: ContextName) => Reach;
}

export interface ChaosServersOptions {
  readonly dataDir: string;
  readonly log: (line: string) => void;
}

/**
 * Begins anew: what an earlier run has left in the folder is ended and deleted.
 * @throws MissingPart when there are no binaries of PostgreSQL for this machine, no Java, no room
 */
export async function startServers({ dataDir, log }: ChaosServersOptions): Promise<ChaosServers> {
  const folder = join(dataDir, 'servers');
  const kafkaLog = join(folder, 'kafka', 'data');
  unmount(kafkaLog);
  await discardServers(folder, log);
  const installation = installationOf(folder);
  const disk = quotaOn(kafkaLog);
  const ending: (() => unknown)[] = [() => disk?.close()];
  const stop = async () => {
    for (const end of ending.splice(0).reverse()) await end();
  };
  try {
    const postgres = await embeddedPostgres({ dataDir: join(folder, 'postgres'), log });
    if (postgres === undefined) throw new MissingPart(`no PostgreSQL for ${process.platform}-${process.arch} that could be killed`, 'run it on another machine');
    ending.push(() => postgres.stop());
    const brokerPorts = await freePorts();
    const kafkaProxies = await proxiesOf(ending, (context) => brokerPorts.get(context) ?? 0);
    const listeners = CONTEXTS.map((context) => ({ name: context.toUpperCase(), port: brokerPorts.get(context) ?? 0, advertised: portOf(kafkaProxies, context) }));
    const kafka = await embeddedKafka({ dataDir: join(folder, 'kafka'), log, listeners });
    ending.push(() => kafka.stop());
    const databaseUrl = await contextDatabases(postgres.url, installation);
    const postgresProxies = await proxiesOf(ending, (context) => Number(new URL(databaseUrl[context]).port));
    return {
      installation,
      databaseUrl,
      brokers: kafka.brokers,
      topicPrefix: topicPrefixOf(installation),
      postgres,
      kafka,
      disk,
      proxies: { postgres: postgresProxies, kafka: kafkaProxies },
      reachOf: (context) => ({
        databaseUrl: withPort(databaseUrl[context], portOf(postgresProxies, context)),
        brokers: [`127.0.0.1:${portOf(kafkaProxies, context)}`],
      }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function proxiesOf(ending: (() => unknown)[], target: (context: ContextName) => number): Promise<ReadonlyMap<ContextName, TcpProxy>> {
  const proxies = new Map<ContextName, TcpProxy>();
  for (const context of CONTEXTS) {
    const proxy = await TcpProxy.open(target(context));
    ending.push(() => proxy.close());
    proxies.set(context, proxy);
  }
  return proxies;
}

/** One for each context. */
export async function freePorts(): Promise<ReadonlyMap<ContextName, number>> {
  return new Map(await Promise.all(CONTEXTS.map(async (context) => [context, await freePort()] as const)));
}

const portOf = (proxies: ReadonlyMap<ContextName, TcpProxy>, context: ContextName): number => proxies.get(context)?.port ?? 0;

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}
