/** Runs the platform's real programs, as `npm start` does, on the servers of the test run. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CONTEXTS } from '@pioche/contracts';
import { freePort } from '@pioche/local-servers';
import type { Reconciliation } from '../src/scenario/reconciliation.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const PHILLY = resolve(ROOT, '../shared/data/traces/philly/philly_2017-09-04_2017-10-15.csv');

/** The real Philly trace beside the project, where there is one. */
export const phillyTrace = (): string | undefined => (existsSync(PHILLY) ? PHILLY : undefined);

/** A day in Philly's format, of our own making: bursts, gangs, short and long jobs of five groups. */
export function smallTrace(folder: string, jobs = 240): string {
  const gpus = [1, 1, 1, 2, 4, 8, 1, 16, 1, 8, 1, 32];
  const lines = Array.from({ length: jobs }, (_, n) => {
    const at = new Date(Date.UTC(2017, 8, 4, 0, 0, Math.floor((n * 86_000) / jobs)));
    const duration = 60 + ((n * 7_919) % 40_000);
    return `${at.toISOString().slice(0, 19).replace('T', ' ')},${duration}.0,${gpus[n % gpus.length]},0,vc${n % 5}`;
  });
  const file = join(folder, 'trace.csv');
  writeFileSync(file, `timestamp,duration,num_gpus,gpu_time,cluster\n${lines.join('\n')}\n`);
  return file;
}

/** As many free ports in a row as the distributed shape takes, below those that the system gives out by itself. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = 15_000 + Math.floor(Math.random() * 1_700) * 10;
    const free = await Promise.allSettled(CONTEXTS.map((_, n) => freePort(first + n)));
    if (free.every(({ status }) => status === 'fulfilled')) return first;
  }
}

export class PlatformProgram {
  readonly folder = mkdtempSync(join(tmpdir(), 'pioche-platform-'));
  readonly dataDir = join(this.folder, 'data');
  readonly report = join(this.folder, 'report.json');
  /** Everything it has said so far. */
  said = '';
  port = 0;
  private child: ChildProcess | undefined;

  constructor(private readonly program: 'main' | 'distributed') {}

  /** Starts it; several times on the same data is a restart. */
  async start(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<void> {
    if (this.port === 0) this.port = await freePorts();
    const file = join(ROOT, 'services/platform/dist', `${this.program}.js`);
    this.child = spawn(process.execPath, [file, '--data-dir', this.dataDir, '--report', this.report, '--port', String(this.port), ...args], { env: { ...process.env, NODE_OPTIONS: '', ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
  }

  get running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Its exit status; 137 when it was killed. */
  ended(): Promise<number> {
    const { child } = this;
    if (!child) throw new Error('not started');
    if (child.exitCode !== null) return Promise.resolve(child.exitCode);
    if (child.signalCode !== null) return Promise.resolve(137);
    return new Promise((done) => child.once('exit', (code) => done(code ?? 137)));
  }

  /** Waits until it has said this. @throws Error with what it said instead, when it ends first */
  async untilSaid(text: string | RegExp, limitMs = 120_000): Promise<void> {
    for (const end = Date.now() + limitMs; !(typeof text === 'string' ? this.said.includes(text) : text.test(this.said)); ) {
      if (this.child?.exitCode !== null || Date.now() > end) throw new Error(`never said ${text}:\n${this.said}`);
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  reconciliation(): Reconciliation {
    return JSON.parse(readFileSync(this.report, 'utf8')) as Reconciliation;
  }

  /** The secret that its tokens are signed with. */
  secret(): string {
    return (JSON.parse(readFileSync(join(this.dataDir, 'installation.json'), 'utf8')) as { secret: string }).secret;
  }

  async remove(): Promise<void> {
    if (this.running) {
      this.kill('SIGTERM');
      await this.ended();
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
