import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MissingKafka } from '../missing-part.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

const POM = join(ROOT, 'deploy/kafka/pom.xml');
const LIB = join(ROOT, '.pioche/kafka/lib');

/** How the broker logs: what a person would want to read, and the line that says it is up. */
export const LOGGING = join(ROOT, 'deploy/kafka/log4j2.properties');

/**
 * The folder of Kafka's jars; Maven fetches them at the first call (54 MB), and again when the pom has changed.
 * @throws MissingKafka when there is no Maven, or it cannot fetch them
 */
export async function kafkaJars(log: (line: string) => void): Promise<string> {
  if (existsSync(join(LIB, 'pom.xml')) && readFileSync(join(LIB, 'pom.xml'), 'utf8') === readFileSync(POM, 'utf8')) return LIB;
  const fresh = `${LIB}.${process.pid}`;
  mkdirSync(dirname(LIB), { recursive: true });
  log('Kafka: fetching Apache Kafka (54 MB, once)');
  try {
    await run('mvn', ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${fresh}`]);
    copyFileSync(POM, join(fresh, 'pom.xml'));
    rmSync(LIB, { recursive: true, force: true });
    renameSync(fresh, LIB);
    return LIB;
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw missing(error);
  }
}

/** @throws MissingKafka when there is no Java, or one older than 17 */
export async function checkJava(): Promise<void> {
  const { stderr } = await run('java', ['-version'], { env: process.env }).catch(() => ({ stderr: '' }));
  const version = Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
  if (version < 17) throw new MissingKafka('no Java 17+ found', 'install it, or set KAFKA_BROKERS');
}

function missing(error: unknown): unknown {
  const { code, stdout } = error as { code?: string | number; stdout?: string };
  if (code === 'ENOENT') return new MissingKafka('no Maven found to fetch Kafka with', 'install it, or set KAFKA_BROKERS');
  if (typeof code !== 'number') return error;
  const said = stdout?.split('\n').find((line) => line.startsWith('[ERROR]')) ?? '';
  return new MissingKafka(`Maven could not fetch Kafka (${said.slice(0, 160)})`, 'look at the network, or set KAFKA_BROKERS');
}
