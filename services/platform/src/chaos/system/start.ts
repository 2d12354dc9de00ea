/** Brings the platform up in its distributed shape, with a handle on everything that can fail. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { freePort, type Crashable } from '@pioche/local-servers';
import pg from 'pg';
import { untilReady } from '../../ready.js';
import { startSeparate, superviseService } from '../../separate.js';
import type { Supervised } from '../../supervisor.js';
import type { System } from '../system.js';
import type { Quota } from './quota.js';
import { freePorts, startServers, type Proxies } from './servers.js';

export interface ChaosSystem extends System {
  readonly processes: ReadonlyMap<ContextName, Supervised>;
  readonly postgres: Crashable;
  readonly kafka: Crashable;
  /** Of Kafka's log; nothing where this machine gives none. */
  readonly disk: Quota | undefined;
  readonly proxies: Proxies;
  /** One more process of a context, which comes to the servers directly. */
  startReplica(context: ContextName): Promise<Replica>;
  /** Ends every connection to a context's database that comes through its proxy or from a replica. @returns how many */
  terminateBackends(context: ContextName): Promise<number>;
  /** Makes everything run and pass again, whatever was done to it. Idempotent. */
  restore(): Promise<void>;
  /** @throws Error when a service is not ready in that time, with what it says is wrong */
  untilReady(patienceMs: number): Promise<void>;
}

export interface Replica {
  readonly process: Supervised;
  untilReady(patienceMs: number): Promise<void>;
}

export interface SystemOptions {
  readonly dataDir: string;
  readonly log: (line: string) => void;
  readonly clock: 'system' | 'simulated';
}

/** @throws MissingPart when a server cannot be had here; Error when a service is not ready in two minutes */
export async function startSystem({ dataDir, log, clock }: SystemOptions): Promise<ChaosSystem> {
  const servers = await startServers({ dataDir, log });
  const { installation, postgres, kafka, disk, proxies, databaseUrl, brokers, topicPrefix } = servers;
  const replicas = new Set<Supervised>();
  const ports = await freePorts();
  const logDir = join(dataDir, 'logs');
  rmSync(logDir, { recursive: true, force: true });
  mkdirSync(logDir, { recursive: true });
  const shape = await startSeparate(servers, installation, { port: (context) => ports.get(context) ?? 0, clock, log, logDir, reachOf: servers.reachOf }).catch(async (error: unknown) => {
    await servers.stop();
    throw error;
  });
  const endReplicas = () => Promise.all([...replicas].map((replica) => replica.kill()));

  return {
    ...shape,
    databaseUrl,
    brokers,
    topicPrefix,
    dataDir,
    postgres,
    kafka,
    disk,
    proxies,
    async startReplica(context) {
      const port = await freePort();
      const process = superviseService({ context, name: `${context}-replica`, port, databaseUrl: databaseUrl[context], brokers, topicPrefix, installation, clock, log });
      replicas.add(process);
      return { process, untilReady: (patienceMs) => untilReady(context, `http://127.0.0.1:${port}`, patienceMs) };
    },
    terminateBackends: (context) => terminateBackends(databaseUrl[context]),
    async restore() {
      disk?.free();
      for (const server of [postgres, kafka]) server.resume();
      for (const proxy of Object.values(proxies).flatMap((each) => [...each.values()])) proxy.behave({ mode: 'pass' });
      for (const process of shape.processes.values()) process.resume();
      await Promise.all([endReplicas(), postgres.start(), kafka.start()]);
      for (const process of shape.processes.values()) process.start();
    },
    async untilReady(patienceMs) {
      await Promise.all(CONTEXTS.map((context) => untilReady(context, shape.url(context), patienceMs)));
    },
    async stop() {
      for (const server of [postgres, kafka]) server.resume();
      await endReplicas();
      await shape.stop();
      await servers.stop();
    },
  };
}

async function terminateBackends(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url, application_name: 'chaos' });
  await client.connect();
  try {
    const { rowCount } = await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'pioche%'`);
    return rowCount ?? 0;
  } finally {
    await client.end();
  }
}
