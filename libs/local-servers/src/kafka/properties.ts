import type { KafkaListener } from '../server.js';

export interface BrokerPlace {
  /** Where clients reach the broker, `host:port`. */
  readonly advertised: string;
  /** The address that its listeners bind to. */
  readonly bind: string;
  readonly brokerPort: number;
  readonly controllerPort: number;
  readonly dataDir: string;
  /** Beside the one for everybody. */
  readonly listeners?: readonly KafkaListener[];
}

/** One node that is broker and controller, and keeps everything: an event may be read for the first time years later. */
export function brokerProperties({ advertised, bind, brokerPort, controllerPort, dataDir, listeners = [] }: BrokerPlace): Record<string, string> {
  const more = (line: (listener: KafkaListener) => string) => listeners.map((listener) => `,${line(listener)}`).join('');
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    listeners: `PLAINTEXT://${bind}:${brokerPort},CONTROLLER://127.0.0.1:${controllerPort}${more(({ name, port }) => `${name}://127.0.0.1:${port}`)}`,
    'advertised.listeners': `PLAINTEXT://${advertised},CONTROLLER://127.0.0.1:${controllerPort}${more(({ name, advertised: port }) => `${name}://127.0.0.1:${port}`)}`,
    'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${more(({ name }) => `${name}:PLAINTEXT`)}`,
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    'log.dirs': dataDir,
    'log.retention.ms': '-1',
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'log.cleaner.dedupe.buffer.size': String(32 * 1024 ** 2),
  };
}

/** As a Java properties file. */
export function asFile(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}

/** As the environment of the `apache/kafka` image: `log.dirs` is `KAFKA_LOG_DIRS`. */
export function asEnvironment(properties: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [`KAFKA_${name.replaceAll('.', '_').toUpperCase()}`, value]));
}
