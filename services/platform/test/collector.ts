/** A real OpenTelemetry collector: the one that OTELCOL names, else one built here once from deploy/otel/builder.yaml. */
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ChildServer, freePort } from '@pioche/local-servers';
import { goEnvironment } from '../../../scripts/lib/go.mjs';

const ROOT = resolve(import.meta.dirname, '../../..');
const PLACE = join(ROOT, '.pioche/otelcol');
const MANIFEST = join(ROOT, 'deploy/otel/builder.yaml');
const PROGRAM = 'otelcol';

const run = promisify(execFile);

/** The program's path; nothing, with a line that says what to do, where there is none and none can be made. */
export async function collectorProgram(say: (line: string) => void): Promise<string | undefined> {
  const named = process.env['OTELCOL'];
  if (named) return named;
  const built = join(PLACE, PROGRAM);
  if (existsSync(built) && readFileSync(join(PLACE, 'builder.yaml'), 'utf8') === readFileSync(MANIFEST, 'utf8')) return built;
  say('OpenTelemetry collector: building one with go (minutes, once)');
  try {
    await build();
    return built;
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    say(`OpenTelemetry collector: none (${code === 'ENOENT' ? 'no go found' : stderr.trim().split('\n').at(-1)}): install Go, or set OTELCOL to a collector with the parts of deploy/otel/builder.yaml`);
    return undefined;
  }
}

/** What the manifest pins is all that is fetched; tests of its parts, which tidying would fetch too, are not. */
async function build(): Promise<void> {
  const manifest = readFileSync(MANIFEST, 'utf8');
  const version = /^ +version: (\S+)$/m.exec(manifest)?.[1];
  const parts = [...manifest.matchAll(/^ +- gomod: (\S+ \S+)$/gm)].map(([, part]) => part);
  const work = `${PLACE}.${process.pid}`;
  mkdirSync(join(work, 'build'), { recursive: true });
  try {
    const env = { ...goEnvironment(), CGO_ENABLED: '0', GOBIN: work };
    await run('go', ['install', `go.opentelemetry.io/collector/cmd/builder@v${version}`], { cwd: work, env });
    await run(join(work, 'builder'), ['--config', MANIFEST, '--skip-compilation', '--skip-get-modules'], { cwd: work, env });
    writeFileSync(join(work, 'build/go.mod'), `module pioche.fr/otelcol\n\ngo 1.25.0\n\nrequire (\n${[...parts, `go.opentelemetry.io/collector/otelcol v${version}`].join('\n')}\n)\n`);
    await run('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', join(work, PROGRAM), '.'], { cwd: join(work, 'build'), env });
    mkdirSync(PLACE, { recursive: true });
    renameSync(join(work, PROGRAM), join(PLACE, PROGRAM));
    copyFileSync(MANIFEST, join(PLACE, 'builder.yaml'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export interface Collected {
  readonly service: string;
  readonly resource: Readonly<Record<string, string>>;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** As OTLP numbers them: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Collector {
  /** Base URL for OTLP over HTTP. */
  readonly url: string;
  /** Every span that it has written so far. */
  spans(): Collected[];
  stop(): Promise<void>;
}

/** @param folder exists, and gets its file of traces and its log */
export async function startCollector(program: string, folder: string, log: (line: string) => void): Promise<Collector> {
  const [http, grpc, health] = [await freePort(), await freePort(), await freePort()];
  const file = join(folder, 'traces.jsonl');
  const server = new ChildServer({
    name: 'OpenTelemetry collector',
    command: program,
    args: ['collector.yaml', 'file.yaml'].map((name) => `--config=${join(ROOT, 'deploy/otel', name)}`),
    cwd: folder,
    env: { ...process.env, OTELCOL_HOST: '127.0.0.1', OTELCOL_HTTP_PORT: String(http), OTELCOL_GRPC_PORT: String(grpc), OTELCOL_HEALTH_PORT: String(health), TRACES_FILE: file },
    logFile: join(folder, 'collector.log'),
    stopSignal: 'SIGTERM',
    isReady: () => fetch(`http://127.0.0.1:${health}/`).then(({ ok }) => ok, () => false),
    log,
  });
  await server.start();
  return { url: `http://127.0.0.1:${http}`, spans: () => spansOf(file), stop: () => server.stop() };
}

type Value = { readonly stringValue?: string; readonly intValue?: string; readonly arrayValue?: { readonly values: readonly Value[] } };
type Attribute = { readonly key: string; readonly value: Value };
interface Batch {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly (Omit<Collected, 'attributes' | 'service' | 'resource'> & { readonly attributes?: readonly Attribute[] })[] }[];
  }[];
}

const textOf = ({ stringValue, intValue, arrayValue }: Value): string => stringValue ?? intValue ?? arrayValue?.values.map(textOf).join() ?? '';
const attributesOf = (attributes: readonly Attribute[] = []): Record<string, string> => Object.fromEntries(attributes.map(({ key, value }) => [key, textOf(value)]));

/** The last line may be half written. */
function spansOf(file: string): Collected[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  return lines.flatMap((line) => (JSON.parse(line) as Batch).resourceSpans).flatMap(({ resource, scopeSpans }) => {
    const known = attributesOf(resource.attributes);
    return scopeSpans.flatMap(({ spans }) => spans).map((span) => ({ ...span, parentSpanId: span.parentSpanId ?? '', attributes: attributesOf(span.attributes), resource: known, service: known['service.name'] ?? '' }));
  });
}
