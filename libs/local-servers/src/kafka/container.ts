import { startContainer, volumeOf } from '../docker.js';
import { freePort } from '../ports.js';
import type { KafkaServer, LocalServerOptions } from '../server.js';
import { asEnvironment, brokerProperties } from './properties.js';

const IMAGE = 'apache/kafka:4.1.0';
const DATA = '/var/lib/kafka/data';

/** Kafka in a container; its data is in a volume named after the folder, unless it is not to be kept. */
export async function containerKafka(options: LocalServerOptions): Promise<KafkaServer | undefined> {
  const { dataDir, log, keep = true } = options;
  const started = Date.now();
  // The broker tells its clients where it is, so that its port on this side must be known before it starts.
  const port = await freePort(options.port);
  const contained = await startContainer('Kafka', options, ({ GenericContainer, Wait }) => {
    const described = new GenericContainer(IMAGE)
      .withEnvironment({ ...asEnvironment(imageProperties(port)), KAFKA_HEAP_OPTS: '-Xmx512m' })
      .withExposedPorts({ container: 9092, host: port })
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/));
    return keep ? described.withBindMounts([{ source: volumeOf(dataDir), target: DATA }]) : described;
  });
  if (contained === undefined) return undefined;
  const broker = `${contained.container.getHost()}:${port}`;
  log(`Kafka: ${IMAGE} (Docker) on ${broker}, ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return { brokers: [broker], origin: 'docker', stop: () => contained.stop() };
}

function imageProperties(port: number): Record<string, string> {
  const place = { advertised: `127.0.0.1:${port}`, bind: '0.0.0.0', brokerPort: 9092, controllerPort: 9093, dataDir: DATA };
  // The image formats its storage for a fixed set of voters.
  const { 'controller.quorum.bootstrap.servers': voter, ...rest } = brokerProperties(place);
  return { ...rest, 'controller.quorum.voters': `1@${voter}` };
}
