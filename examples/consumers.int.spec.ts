import { execFile, type ExecFileException } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cloudEventText } from '@pioche/contracts';
import { describeWithKafka, topicPrefix } from '@pioche/testing';
import { transformFile } from '@swc/core';
import { Kafka, logLevel } from 'kafkajs';

const run = promisify(execFile);
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const VENV = path('../.pioche/examples-venv');
const python = `${VENV}/bin/python`;
const EVENTS = 5;

const eventOf = (n: number): string =>
  cloudEventText({
    context: 'inventory',
    position: n,
    stream: 'node_01h2xcejqtf2nbrexx3vqjhp41',
    version: n,
    eventId: `evt_${n}`,
    type: 'NodeDrainStarted',
    schemaVersion: 1,
    dataJson: JSON.stringify({ reason: `n° ${n}`, deadline: '2026-11-17T10:00:00.000Z' }),
    time: '2026-11-17T09:00:00.000Z',
    recordedTime: '2026-11-17T09:00:00.000Z',
    meta: { actor: 'someone', correlationId: 'cmd_1', causationId: 'cmd_1' },
  });

const lines = Array.from(
  { length: EVENTS },
  (_, i) => `2026-11-17T09:00:00.000Z fr.pioche.inventory.NodeDrainStarted.v1 node_01h2xcejqtf2nbrexx3vqjhp41 {"reason":"n° ${i + 1}","deadline":"2026-11-17T10:00:00.000Z"}`,
);

/** Why there is no Python to run the example with; nothing when there is. A failure under CI=true. */
async function pythonMissing(): Promise<string | undefined> {
  try {
    if (!existsSync(python)) await run('python3', ['-m', 'venv', VENV]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', path('python/requirements.txt')]);
    return undefined;
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    return (error as ExecFileException).message;
  }
}

describeWithKafka('the example consumers', (brokers) => {
  const topic = `${topicPrefix()}inventory`;
  const args = ['--brokers', brokers.join(','), '--topics', topic, '--count', String(EVENTS)];

  beforeAll(async () => {
    const kafka = new Kafka({ clientId: 'examples', brokers, logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1 }] });
    await admin.disconnect();
    const producer = kafka.producer();
    await producer.connect();
    const headers = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };
    await producer.send({ topic, messages: Array.from({ length: EVENTS }, (_, i) => ({ key: 'node_01h2xcejqtf2nbrexx3vqjhp41', value: eventOf(i + 1), headers })) });
    await producer.disconnect();
  });

  it('in TypeScript prints every event', async () => {
    const folder = path('../.pioche/examples');
    await mkdir(folder, { recursive: true });
    const { code } = await transformFile(path('typescript/consumer.ts'), { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } });
    writeFileSync(`${folder}/consumer.mjs`, code);
    const { stdout } = await run(process.execPath, [`${folder}/consumer.mjs`, ...args], { timeout: 60_000 });
    expect(stdout.trim().split('\n')).toEqual(lines);
  }, 70_000);

  it('in Python prints every event', async () => {
    const missing = await pythonMissing();
    if (missing) {
      console.warn(`the Python example was not run: ${missing}`);
      return;
    }
    const { stdout } = await run(python, [path('python/consumer.py'), ...args], { timeout: 60_000, env: { ...process.env, PYTHONIOENCODING: 'utf-8' } });
    expect(stdout.trim().split('\n')).toEqual(lines);
  }, 240_000);
});
