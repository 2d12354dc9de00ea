import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './alive.mjs';
import { LOCAL } from './places.mjs';

/**
 * Runs something with a PostgreSQL and a Kafka that are there for it alone: started before, ended and forgotten after.
 * Where there is no way to a Kafka it runs without; under `CI=true` that is an error.
 * @param {string} purpose names their data folder
 * @param {(env: NodeJS.ProcessEnv) => Promise<number>} run gets the environment that names them
 * @returns {Promise<number>} what `run` resolves to
 */
export async function withServers(purpose, run) {
  const { discardServers, obtainKafka, obtainPostgres, requireKafka } = await import('@pioche/local-servers');
  for (const left of leftOvers()) await discardServers(left, console.log);
  const options = { dataDir: join(LOCAL, `${purpose}-${process.pid}`), log: console.log, keep: false };
  const kafkaWay = process.env.CI === 'true' ? requireKafka : obtainKafka;
  const [postgres, kafka] = await Promise.allSettled([obtainPostgres(options), kafkaWay(options)]);
  try {
    if (postgres.status === 'rejected') throw postgres.reason;
    if (kafka.status === 'rejected') throw kafka.reason;
    const env = { ...process.env, PIOCHE_POSTGRES_URL: postgres.value.url };
    if (kafka.value !== undefined) env.KAFKA_BROKERS = kafka.value.brokers.join(',');
    return await run(env);
  } finally {
    await Promise.all([postgres, kafka].map((server) => server.status === 'fulfilled' && server.value?.stop()));
    await discardServers(options.dataDir, console.log);
  }
}

/** The folders of runs that were killed. */
function leftOvers() {
  if (!existsSync(LOCAL)) return [];
  return readdirSync(LOCAL)
    .filter((name) => /^(test|bench)-\d+$/.test(name) && !isAlive(Number(name.split('-')[1])))
    .map((name) => join(LOCAL, name));
}
