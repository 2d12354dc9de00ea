// Holds a PostgreSQL, and with `kafka` a Kafka, until it is killed: `node hold.mjs <data folder> [kafka]`.
// Prints one line of JSON when they are up, or the one line that says why not.
import { obtainKafka, obtainPostgres } from '@pioche/local-servers';

const [dataDir, kafka] = process.argv.slice(2);
const log = (line) => console.error(line);
try {
  const postgres = await obtainPostgres({ dataDir, log });
  const broker = kafka === 'kafka' ? await obtainKafka({ dataDir, log }) : undefined;
  console.log(JSON.stringify({ url: postgres.url, brokers: broker?.brokers }));
  setInterval(() => {}, 60_000);
} catch (error) {
  console.log(JSON.stringify({ failure: error.message, kind: error.name }));
}
