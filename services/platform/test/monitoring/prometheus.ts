/** A real Prometheus, with our rules, on free loopback ports and a folder of its own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@pioche/local-servers';
import { eventually } from '@pioche/testing';
import { RULES } from './queries.js';

export const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;
if (!hasPrometheus) console.warn('queries and alerts are not tried on a real Prometheus: there is none on the PATH');

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };
const SCRAPE_S = 3;

/** The same text with every duration so many times shorter; none shorter than what a rate needs. */
const shorter = (text: string, times: number): string =>
  text.replaceAll(/(?<=\[|for: )(\d+)([smh])/g, (_, count: string, unit: string) => `${Math.max(3 * SCRAPE_S, Math.round((Number(count) * (SECONDS[unit] ?? 0)) / times))}s`);

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export class Prometheus {
  private child: ChildProcess | undefined;
  private port = 0;
  private said = '';
  private readonly window: string;

  /** @param times by how much the durations of rules and queries are shortened */
  constructor(
    private readonly folder: string,
    private readonly times: number,
  ) {
    this.window = shorter('[5m]', times).slice(1, -1);
  }

  /** @param targets host:port and path of each */
  async start(targets: readonly { readonly address: string; readonly path: string }[]): Promise<void> {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, 'rules.yml'), shorter(readFileSync(RULES, 'utf8'), this.times));
    const jobs = targets.map(({ address, path }, at) => `  - {job_name: pioche-${at}, metrics_path: ${path}, static_configs: [{targets: ["${address}"]}]}`);
    writeFileSync(join(this.folder, 'prometheus.yml'), `global: {scrape_interval: ${SCRAPE_S}s, scrape_timeout: ${SCRAPE_S}s, evaluation_interval: ${SCRAPE_S}s}\nrule_files: [rules.yml]\nscrape_configs:\n${jobs.join('\n')}\n`);
    for (this.port = 19_000 + (process.pid % 1_000); !(await freePort(this.port).then(() => true, () => false)); ) this.port += 1;
    const child = spawn('prometheus', [`--config.file=${join(this.folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(this.folder, 'data')}`, `--web.listen-address=127.0.0.1:${this.port}`, '--log.level=warn'], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (this.said += text));
    this.child = child;
    await eventually(async () => {
      const answer = await fetch(`http://127.0.0.1:${this.port}/-/ready`).catch(() => undefined);
      if (answer?.ok !== true) throw new Error(`Prometheus is not ready: ${this.said}`);
    }, 60_000);
  }

  /** @throws Error when it does not take the query */
  async query(expr: string): Promise<readonly Sample[]> {
    const short = shorter(expr.replaceAll('$__rate_interval', this.window), this.times);
    const { data, error } = (await this.get(`query?query=${encodeURIComponent(short)}`)) as { data?: { result: Sample[] }; error?: string };
    if (data === undefined) throw new Error(`${expr}: ${error}`);
    return data.result;
  }

  /** Names of the alerts that fire, with their labels. */
  async firing(): Promise<readonly Readonly<Record<string, string>>[]> {
    const { data } = (await this.get('alerts')) as { data?: { alerts: { labels: Record<string, string>; state: string }[] } };
    return (data?.alerts ?? []).filter(({ state }) => state === 'firing').map(({ labels }) => labels);
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  private async get(path: string): Promise<unknown> {
    return (await fetch(`http://127.0.0.1:${this.port}/api/v1/${path}`)).json();
  }
}
