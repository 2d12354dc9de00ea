/** Prints events as they come: node consumer.js --brokers 127.0.0.1:9092 --topics pioche.inventory,pioche.billing */
import { parseArgs } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';

/** The attributes of a CloudEvent that this program looks at; docs/events.md says what `data` holds. */
interface Event {
  readonly time: string;
  readonly type: string;
  readonly subject: string;
  readonly data: unknown;
}

const { values } = parseArgs({
  options: {
    brokers: { type: 'string', default: '127.0.0.1:9092' },
    topics: { type: 'string', default: 'pioche.inventory,pioche.scheduling,pioche.billing,pioche.sovereignty,pioche.lab' },
    group: { type: 'string', default: `example-typescript-${process.pid}` },
    /** Ends after so many events; 0: never. */
    count: { type: 'string', default: '0' },
  },
});

const kafka = new Kafka({ clientId: 'example', brokers: values.brokers.split(','), logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: values.group });
const count = Number(values.count);
let seen = 0;

await consumer.connect();
await consumer.subscribe({ topics: values.topics.split(','), fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message }) => {
    if (count > 0 && seen >= count) return;
    const event = JSON.parse(message.value?.toString() ?? '{}') as Event;
    console.log(event.time, event.type, event.subject, JSON.stringify(event.data));
    seen += 1;
    if (seen === count) void consumer.disconnect().then(() => process.exit(0));
  },
});
