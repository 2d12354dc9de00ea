/** Five processes on Kafka send their spans to a real collector: one request is one trace, through three of them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ContextName } from '@pioche/contracts';
import { describeWithKafka, eventually } from '@pioche/testing';
import { collectorProgram, startCollector, type Collector } from './collector.js';
import { expectedWays, quarantineOne, waysOf } from './traces.js';

const MINUTES = 60_000;
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const program = await collectorProgram(say);
const suite = program === undefined ? describe.skip : (name: string, body: () => void) => describeWithKafka(name, body);

interface Up {
  readonly urls: Readonly<Record<ContextName, string>>;
  readonly token: string;
  readonly topicPrefix: string;
}

suite('a real collector', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pioche-traces-'));
  let collector: Collector;
  let system: ChildProcess | undefined;
  let up: Up;
  let said = '';

  beforeAll(async () => {
    collector = await startCollector(program ?? '', folder, say);
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      // None of their own accord: only what a caller has asked for.
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
      // What has not gone out by the end of the test goes out at the stop.
      OTEL_BSP_SCHEDULE_DELAY: String(10 * MINUTES),
    };
    const child = spawn(process.execPath, [join(import.meta.dirname, 'trace-system.mjs'), join(folder, 'data')], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    system = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const first = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
    if (first.done === true) throw new Error(said);
    up = JSON.parse(first.value) as Up;
  }, 6 * MINUTES);
  afterAll(async () => {
    system?.kill('SIGKILL');
    await collector?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, MINUTES);

  const seen = () => collector.spans().map((span) => ({ ...span, title: `${span.service} ${KINDS[span.kind]} ${span.name}` }));
  const named = (context: ContextName) => `pioche-${context}`;

  it('gets the one trace that was asked for, whole, when the services stop', async () => {
    await quarantineOne({ url: (context) => up.urls[context], token: up.token, traceparent: `00-${TRACE}-${CALLER}-01` });
    const position = async (context: ContextName) => (await (await fetch(`${up.urls[context]}/lag`, { headers: { authorization: `Bearer ${up.token}` } })).json()) as { head: number; consumers: { consumer: string; source: string; position: number }[] };
    // The audit log is where the last of it arrives.
    await eventually(async () => {
      const { consumers } = await position('sovereignty');
      for (const source of ['inventory', 'scheduling'] as const) {
        expect(consumers.find((one) => one.consumer.startsWith('audit') && one.source === source)?.position).toBeGreaterThanOrEqual((await position(source)).head);
      }
    }, MINUTES);
    expect(collector.spans()).toEqual([]);
    system?.stdin?.end();
    if (system) await once(system, 'exit');
    await eventually(() => expect([...waysOf(seen(), CALLER)]).toEqual(expect.arrayContaining(expectedWays(up.topicPrefix, named))), 20_000);
    expect(new Set(seen().map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
  }, 4 * MINUTES);

  it('knows of each span whose it is', () => {
    for (const { resource } of collector.spans()) {
      expect(resource).toMatchObject({ 'service.namespace': 'pioche', 'service.version': expect.stringMatching(/^\d+\./), 'deployment.environment.name': 'test', 'telemetry.sdk.language': 'nodejs' });
    }
    const consumer = seen().find(({ title }) => title.startsWith(`${named('scheduling')} consumer process ${up.topicPrefix}inventory`));
    expect(consumer?.attributes).toMatchObject({ 'messaging.system': 'kafka', 'messaging.consumer.group.name': `${up.topicPrefix}scheduling.reaction.replicate-nodes` });
  });
});
