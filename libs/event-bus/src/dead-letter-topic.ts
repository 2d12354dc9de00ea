import { CLOUD_EVENTS_JSON } from '@pioche/contracts';
import type { Broker, Publisher, TopicOptions } from './broker.js';
import type { DeadLetterSink } from './consumer.js';
import { deadLetterTopic } from './topics.js';

/** Publishes dead letters, as they came, to the installation's dead-letter topic: keyed by their consumer, the reason in a header. */
export function deadLetterPublisher(broker: Broker, prefix: string, options: TopicOptions): { publish: DeadLetterSink; close(): Promise<void> } {
  const topic = deadLetterTopic(prefix);
  let publisher: Promise<Publisher> | undefined;
  const open = async () => {
    await broker.ensureTopic(topic, options);
    return await broker.publisher();
  };
  return {
    async publish(consumer, dead) {
      publisher ??= open();
      publisher.catch(() => void (publisher = undefined));
      const messages = dead.map(({ delivery, reason }) => ({ key: consumer, value: delivery.raw, contentType: CLOUD_EVENTS_JSON, headers: { reason } }));
      await (await publisher).publish(topic, messages);
    },
    async close() {
      const opened = await publisher?.catch(() => undefined);
      publisher = undefined;
      await opened?.close();
    },
  };
}
