export { ensureDatabase } from './database.js';
export { discardServers } from './discard.js';
export { obtainKafka, requireKafka } from './kafka/kafka.js';
export { MissingKafka, MissingPart } from './missing-part.js';
export { freePort } from './ports.js';
export { obtainPostgres } from './postgres/postgres.js';
export type { KafkaServer, LocalServerOptions, Origin, PostgresServer } from './server.js';
