/** A service as a process of its own, which its parent asks for its address and ends. */
import { startService, type ServiceConfig, type ServiceOptions } from '@pioche/service-kit';
import { brokersOfThisRun } from './kafka-tools.js';

/** Runs the service of the arguments database and topic prefix; tells the parent its URL and an operator's token. */
export async function serveAsProcess(module: ServiceOptions['module'], logLevel: ServiceConfig['logLevel']): Promise<void> {
  const [, , databaseUrl = '', topicPrefix = ''] = process.argv;
  const service = await startService({
    module,
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
      logLevel,
      otlpEndpoint: undefined,
      waitLimitMs: 5_000,
    },
  });
  process.send?.({ url: service.url, token: await service.issuer?.mint({ subject: 'olga', role: 'operator' }) });
  process.once('message', () => void service.stop().then(() => process.disconnect()));
}
