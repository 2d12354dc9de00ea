import { join } from 'node:path';
import { firstOf } from '../choice.js';
import { MissingKafka } from '../missing-part.js';
import type { KafkaServer, LocalServerOptions } from '../server.js';
import { containerKafka } from './container.js';
import { embeddedKafka } from './embedded.js';

/**
 * A Kafka: the one named by `KAFKA_BROKERS`, else a container, else Apache Kafka run here by Java 17+ from jars that
 * Maven fetches once.
 * @throws MissingKafka when none of these is open, saying what is missing
 * @throws MissingPart when there is no room, or the port or the folder is taken
 */
export async function requireKafka(options: LocalServerOptions): Promise<KafkaServer> {
  const inFolder = { ...options, dataDir: join(options.dataDir, 'kafka') };
  const server = await firstOf<KafkaServer>([
    () => environmentKafka(options.log),
    () => containerKafka(inFolder),
    () => embeddedKafka(inFolder),
  ]);
  if (server !== undefined) return server;
  throw new MissingKafka('no Kafka', 'set KAFKA_BROKERS');
}

/** As `requireKafka`, but nothing, and a line in the log, where there is no way to a Kafka. */
export async function obtainKafka(options: LocalServerOptions): Promise<KafkaServer | undefined> {
  try {
    return await requireKafka(options);
  } catch (error) {
    if (!(error instanceof MissingKafka)) throw error;
    options.log(`Kafka: none (${error.message})`);
    return undefined;
  }
}

async function environmentKafka(log: (line: string) => void): Promise<KafkaServer | undefined> {
  const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',').map((broker) => broker.trim()).filter((broker) => broker !== '');
  if (brokers.length === 0) return undefined;
  log(`Kafka: ${brokers.join(', ')} (KAFKA_BROKERS)`);
  return { brokers, origin: 'environment', stop: async () => {} };
}
