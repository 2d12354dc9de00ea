import { describeWithKafka, eventually, freshDatabase, topicPrefix, type FreshDatabase } from '@pioche/testing';
import { KafkaBroker, KafkaTicks } from '@pioche/event-bus';
import { startService, type Service } from './index.js';
import { testConfig } from '../test/config.js';
import { WorkshopModule } from '../test/workshop.js';

describeWithKafka('a service with Kafka', (brokers) => {
  const prefix = topicPrefix();
  let database: FreshDatabase;
  let service: Service & { url: string };

  beforeAll(async () => {
    database = await freshDatabase();
    service = await startService({ module: WorkshopModule, config: { ...testConfig(database), broker: 'kafka', kafkaBrokers: brokers, topicPrefix: prefix } });
  }, 60_000);
  afterAll(async () => {
    await service?.stop();
    await database?.drop();
  });

  it('publishes its log, and is ready', async () => {
    const token = (await service.issuer?.mint({ subject: 'olga', role: 'operator' })) ?? '';
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': '1' };
    const made = await fetch(`${service.url}/lathes`, { method: 'POST', headers, body: JSON.stringify({ name: 'L1' }) });
    const { position } = (await made.json()) as { position: number };
    await eventually(async () => {
      const lag = (await (await fetch(`${service.url}/lag`, { headers })).json()) as { relay: { position: number } };
      expect(lag.relay.position).toBe(position);
    });
    await eventually(async () => expect((await fetch(`${service.url}/readyz`)).status).toBe(200));
  });

  it('hears what time it is in a simulation', async () => {
    const broker = new KafkaBroker({ brokers });
    const ticks = await KafkaTicks.open(broker, prefix);
    await ticks.tick('2031-05-01T00:00:00.000Z');
    await eventually(() => expect(service.clock.now()).toBe('2031-05-01T00:00:00.000Z'));
    await ticks.close();
    await broker.close();
  });
});
