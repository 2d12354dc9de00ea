import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ChildServer, crashesOf } from '../child-server.js';
import { DataFolder } from '../data-folder.js';
import { freePort, freePortNear } from '../ports.js';
import type { Crashable, KafkaListener, KafkaServer, LocalServerOptions } from '../server.js';
import { checkJava, kafkaJars, LOGGING } from './jars.js';
import { endOrphan } from './orphan.js';
import { asFile, brokerProperties } from './properties.js';

export interface EmbeddedKafkaOptions extends LocalServerOptions {
  readonly listeners?: readonly KafkaListener[];
}

/** Apache Kafka in KRaft mode, broker and controller in one JVM, as a child process, on 127.0.0.1 only. */
export async function embeddedKafka(options: EmbeddedKafkaOptions): Promise<KafkaServer & Crashable> {
  await checkJava();
  const jars = await kafkaJars(options.log);
  const folder = await DataFolder.open(options.dataDir);
  try {
    return await start(folder, join(jars, '*'), options);
  } catch (error) {
    await folder.close();
    throw error;
  }
}

async function start(folder: DataFolder, classPath: string, { log, port: wanted, keep = true, listeners = [] }: EmbeddedKafkaOptions): Promise<KafkaServer & Crashable> {
  const started = Date.now();
  await endOrphan(folder, log);
  const port = await configure(folder, wanted, listeners);
  await format(folder, classPath);
  const server = new ChildServer({
    name: 'Kafka',
    command: 'java',
    args: ['-Xmx512m', `-Dlog4j2.configurationFile=${LOGGING}`, '-cp', classPath, 'kafka.Kafka', folder.at('server.properties')],
    cwd: folder.path,
    pidFile: folder.at('server.pid'),
    logFile: folder.at('server.log'),
    stopSignal: 'SIGTERM',
    isReady: () => readFileSync(folder.at('server.log'), 'utf8').includes('Kafka Server started'),
    log,
  });
  await server.start();
  log(`Kafka: Apache Kafka 4.1 (embedded, KRaft) on 127.0.0.1:${port}, ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return Object.assign(crashesOf(server), {
    brokers: [`127.0.0.1:${port}`],
    origin: 'embedded' as const,
    stop: async () => {
      await server.stop();
      rmSync(folder.at('server.pid'), { force: true });
      await folder.close(keep);
    },
  });
}

/** Writes the broker's settings. It stays on the ports of its last run where they are free. @returns its port */
async function configure(folder: DataFolder, wanted: number | undefined, listeners: readonly KafkaListener[]): Promise<number> {
  const file = folder.at('server.properties');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const [, broker, controller] = /^listeners=[^,\n]*:(\d+),[^,\n]*:(\d+)/m.exec(before) ?? [];
  const brokerPort = wanted === undefined ? await freePortNear(broker === undefined ? undefined : Number(broker)) : await freePort(wanted);
  const controllerPort = await freePortNear(controller === undefined ? undefined : Number(controller));
  const place = { advertised: `127.0.0.1:${brokerPort}`, bind: '127.0.0.1', brokerPort, controllerPort, dataDir: folder.at('data'), listeners };
  writeFileSync(file, asFile(brokerProperties(place)));
  return brokerPort;
}

async function format(folder: DataFolder, classPath: string): Promise<void> {
  if (existsSync(folder.at('data', 'meta.properties'))) return;
  // The folder itself may be a mount.
  mkdirSync(folder.at('data'), { recursive: true });
  for (const left of readdirSync(folder.at('data'))) rmSync(folder.at('data', left), { recursive: true, force: true });
  const jvm = ['-XX:TieredStopAtLevel=1', `-Dlog4j2.configurationFile=${LOGGING}`, '-cp', classPath];
  // The first bits are 0: an id that began with '-' would be read as an option, one time in 64.
  const clusterId = Buffer.of(0, ...crypto.getRandomValues(Buffer.alloc(15))).toString('base64url');
  await promisify(execFile)('java', [...jvm, 'kafka.tools.StorageTool', 'format', '--standalone', '--cluster-id', clusterId, '--config', folder.at('server.properties')]);
}
