/** A Kafka that asks who one is and lets nobody do more than it was told, as the one in production. For tests. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort, kafkaJars } from '@pioche/local-servers';

const run = promisify(execFile);
const STORE = ['-storetype', 'PKCS12', '-storepass', 'changeit', '-alias', 'broker'];
const START_MS = 60_000;

export interface GuardedKafka {
  /** Encrypted, with SCRAM-SHA-512. */
  readonly broker: string;
  /** Of an administrator: nobody is asked here. */
  readonly adminBroker: string;
  /** Who vouches for the broker, PEM. */
  readonly ca: string;
  stop(): Promise<void>;
}

/** @param users by name, their passwords @throws MissingKafka, or Error where it does not start in a minute */
export async function guardedKafka(users: Readonly<Record<string, string>>): Promise<GuardedKafka> {
  const jars = join(await kafkaJars(() => {}), '*');
  const folder = mkdtempSync(join(tmpdir(), 'pioche-guarded-'));
  const [port, adminPort, controllerPort] = [await freePort(), await freePort(), await freePort()];
  const keystore = join(folder, 'broker.p12');
  await run('keytool', ['-genkeypair', ...STORE, '-keystore', keystore, '-keyalg', 'EC', '-dname', 'CN=kafka', '-ext', 'san=ip:127.0.0.1', '-validity', '2']);
  const { stdout: ca } = await run('keytool', ['-exportcert', '-rfc', ...STORE, '-keystore', keystore]);
  const settings = join(folder, 'server.properties');
  writeFileSync(settings, properties(folder, keystore, port, adminPort, controllerPort));
  const scram = Object.entries(users).flatMap(([name, password]) => ['--add-scram', `SCRAM-SHA-512=[name=${name},password=${password}]`]);
  const cluster = Buffer.from('pioche-guarded-1').toString('base64url');
  await run('java', ['-cp', jars, 'kafka.tools.StorageTool', 'format', '--standalone', '--cluster-id', cluster, '--config', settings, ...scram]);
  const logging = new URL('../kafka/log4j2.properties', import.meta.url).pathname;
  const log = join(folder, 'server.log');
  const server = spawn('bash', ['-c', 'exec java -Xmx384m "-Dlog4j2.configurationFile=$1" -cp "$2" kafka.Kafka "$3" >"$4" 2>&1', 'kafka', logging, jars, settings, log], { stdio: 'ignore' });
  const stop = async (): Promise<void> => {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    if (server.exitCode === null && server.kill('SIGKILL')) await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (const end = Date.now() + START_MS; !readFileSync(log, { encoding: 'utf8', flag: 'a+' }).includes('Kafka Server started'); await pause(100)) {
    if (Date.now() < end && server.exitCode === null) continue;
    const said = readFileSync(log, 'utf8');
    await stop();
    throw new Error(`Kafka does not start: ${said.slice(-1_000)}`);
  }
  return { broker: `127.0.0.1:${port}`, adminBroker: `127.0.0.1:${adminPort}`, ca, stop };
}

const properties = (folder: string, keystore: string, port: number, adminPort: number, controllerPort: number): string =>
  Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    listeners: `CLIENTS://127.0.0.1:${port},ADMIN://127.0.0.1:${adminPort},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `CLIENTS://127.0.0.1:${port},ADMIN://127.0.0.1:${adminPort}`,
    'listener.security.protocol.map': 'CLIENTS:SASL_SSL,ADMIN:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'ADMIN',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.clients.scram-sha-512.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'ssl.keystore.location': keystore,
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.password': 'changeit',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'allow.everyone.if.no.acl.found': false,
    'auto.create.topics.enable': false,
    'log.dirs': join(folder, 'data'),
    'group.initial.rebalance.delay.ms': 0,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
