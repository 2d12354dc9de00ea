/** Billing as a process of its own. Arguments: database, topic prefix. */
import { BillingModule } from '@pioche/billing';
import { startService } from '@pioche/service-kit';
import { brokersOfThisRun } from '../kafka-tools.js';

const [, , databaseUrl = '', topicPrefix = ''] = process.argv;
const service = await startService({
  module: BillingModule,
  config: {
    port: 0,
    host: '127.0.0.1',
    databaseUrl,
    databasePool: 10,
    broker: 'kafka',
    kafkaBrokers: brokersOfThisRun(),
    topicPrefix,
    clock: 'system',
    identity: { kind: 'secret', secret: 'a secret that only this benchmark knows, 32+' },
    logLevel: 'warn',
    otlpEndpoint: undefined,
    waitLimitMs: 5_000,
  },
});
process.send?.({ url: service.url, token: await service.issuer?.mint({ subject: 'olga', role: 'operator' }) });
process.once('message', () => void service.stop().then(() => process.disconnect()));
