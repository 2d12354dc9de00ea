/** The embedded shape: five contexts in one process, behind one port. */
import { createServer } from 'node:http';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { KafkaBroker, KafkaTicks, LocalTicks, type Ticks } from '@pioche/event-bus';
import { SimulatedClock } from '@pioche/kernel';
import { MissingPart } from '@pioche/local-servers';
import { BuiltInIssuer, createService, startTelemetry, tracesEndpointOf, type Service } from '@pioche/service-kit';
import type { Installation } from './installation.js';
import { MODULES } from './modules.js';
import { databaseConfigOf, type Servers } from './servers.js';
import type { Shape } from './shape.js';
import { welcome } from './welcome.js';

export interface EmbeddedOptions {
  readonly port: number;
  readonly clock: 'system' | 'simulated';
  readonly onFailed: (reason: string) => void;
}

/** @throws MissingPart when the port is taken */
export async function startEmbedded(servers: Servers, installation: Installation, options: EmbeddedOptions): Promise<Shape & { readonly services: readonly Service[] }> {
  const issuer = await BuiltInIssuer.fromSecret(installation.secret);
  const telemetry = startTelemetry({ name: 'pioche', otlpEndpoint: tracesEndpointOf(process.env) });
  const traced = telemetry !== undefined;
  const services = await Promise.all(CONTEXTS.map((context) => serviceOf(context, servers, installation, issuer, { ...options, traced })));
  const byName = new Map(services.map((service) => [service.name as string, service]));

  const front = createServer((request, response) => {
    const context = /^\/([a-z]+)(?=[/?]|$)/.exec(request.url ?? '')?.[1] ?? '';
    const service = byName.get(context);
    if (service) service.handle(request, response);
    else welcome(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    front.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? new MissingPart(`port ${options.port} is taken`, 'choose another with --port') : error));
    front.listen(options.port, '127.0.0.1', resolve);
  });
  const logs = servers.brokers ? [] : services.map(({ store }) => store);
  await Promise.all(services.map((service) => service.start({ logs })));
  const ticks = await openTicks(servers, services);

  return {
    services,
    issuer,
    url: (context) => `http://localhost:${options.port}/${context}`,
    tick: (now) => ticks.tick(now),
    async stop() {
      front.closeAllConnections();
      await new Promise((resolve) => front.close(resolve));
      await ticks.close();
      await Promise.all(services.map((service) => service.stop()));
      await telemetry?.stop();
    },
  };
}

function serviceOf(context: ContextName, servers: Servers, installation: Installation, issuer: BuiltInIssuer, { port, clock, onFailed, traced }: EmbeddedOptions & { readonly traced: boolean }): Promise<Service> {
  return createService({
    module: MODULES[context],
    prefix: `/${context}`,
    issuer,
    traced,
    onFailed: (reason) => onFailed(`${context}: ${reason}`),
    config: {
      port,
      host: '127.0.0.1',
      ...databaseConfigOf(servers.databaseUrl[context], installation),
      databasePool: 12,
      broker: servers.brokers ? 'kafka' : 'log',
      kafkaBrokers: servers.brokers ?? [],
      topicPrefix: servers.topicPrefix,
      clock,
      identity: { kind: 'secret', secret: installation.secret },
      logLevel: 'warn',
      otlpEndpoint: undefined,
      waitLimitMs: 30_000,
    },
  });
}

/** With Kafka the services hear ticks on the control topic by themselves. */
async function openTicks(servers: Servers, services: readonly Service[]): Promise<Ticks> {
  if (servers.brokers) return KafkaTicks.open(new KafkaBroker({ brokers: [...servers.brokers], clientId: 'pioche-platform' }), servers.topicPrefix);
  const ticks = new LocalTicks();
  for (const { clock } of services) if (clock instanceof SimulatedClock) ticks.onTick((at) => clock.advance(at));
  return ticks;
}
