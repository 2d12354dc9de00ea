/** The scenario on services that somebody else has started, wherever they are. */
import { mkdirSync } from 'node:fs';
import { CONTEXTS } from '@pioche/contracts';
import { KafkaBroker, KafkaTicks } from '@pioche/event-bus';
import { BuiltInIssuer, readVariables, VARIABLES } from '@pioche/service-kit';
import { z } from 'zod';
import { addressOf } from '../address.js';
import { untilReady } from '../ready.js';
import { say } from '../run-main.js';
import { performScenario } from '../scenario/perform.js';
import { workloadOf } from '../scenario/workload/workload.js';
import type { RemotePlay } from './command-line.js';
import { runDeed } from './deed.js';

const Environment = z.object({ ISSUER_SECRET: VARIABLES.issuerSecret, KAFKA_BROKERS: VARIABLES.brokers, TOPIC_PREFIX: VARIABLES.topicPrefix });

export const scenario = (options: RemotePlay): Promise<void> =>
  runDeed(async () => {
    const env = readVariables(Environment);
    const jobs = workloadOf(options);
    const url = (context: (typeof CONTEXTS)[number]): string => addressOf(options.url, context);
    await Promise.all(CONTEXTS.map((context) => untilReady(context, url(context))));
    mkdirSync(options.dataDir, { recursive: true });
    const issuer = await BuiltInIssuer.fromSecret(env.ISSUER_SECRET);
    const broker = new KafkaBroker({ brokers: [...env.KAFKA_BROKERS], clientId: 'pioche-scenario' });
    const ticks = await KafkaTicks.open(broker, env.TOPIC_PREFIX);
    const shape = { url, issuer, tick: (now: Parameters<typeof ticks.tick>[0]) => ticks.tick(now) };
    const agrees = await performScenario({ shape, options, jobs, dataDir: options.dataDir, say, signal: new AbortController().signal });
    return agrees ? 0 : 1;
  });
