/** Runs a program and starts it again when it dies, as an orchestrator would. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { pauseProcesses } from '@pioche/local-servers';

const RESTART_MS = 250;
/** … and the longest, for one that dies again and again. */
const RESTART_AT_MOST_MS = 4_000;
/** Whoever has lived so long begins with the shortest again. */
const GOOD_LIFE_MS = 10_000;
/** How long a program may take to end in good order. */
const STOP_MS = 5_000;

export interface Program {
  readonly name: string;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
  /** File that gets what it writes to its standard output, from each of its lives; default: nobody. */
  readonly outputFile?: string | undefined;
  /** How long it may take to end in good order, in milliseconds. Default: 5,000. */
  readonly stopMs?: number | undefined;
}

export class Supervised {
  private child: ChildProcess | undefined;
  private resumePaused: (() => void) | undefined;
  private stopping = false;
  private startedAt = 0;
  private restartMs = RESTART_MS;
  private restarting: NodeJS.Timeout | undefined;
  restarts = 0;

  constructor(private readonly program: Program) {
    this.start();
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** SIGTERM and, where it does not end by that, SIGKILL; then waits for its end. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** `kill -9`, and nobody starts it again before `start`. Resolves when it is gone. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Starts it where it does not run. */
  start(): void {
    this.stopping = false;
    if (this.restarting === undefined && this.gone) this.spawn();
  }

  /** SIGSTOP: it keeps its connections, and does nothing. */
  pause(): void {
    if (this.child?.pid !== undefined && !this.gone) this.resumePaused ??= pauseProcesses([this.child.pid]);
  }

  resume(): void {
    this.resumePaused?.();
    this.resumePaused = undefined;
  }

  private get gone(): boolean {
    return this.child === undefined || this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restarting);
    this.restarting = undefined;
    const { child } = this;
    if (child === undefined || this.gone) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    this.resume();
    const late = setTimeout(() => child.kill('SIGKILL'), this.program.stopMs ?? STOP_MS);
    await ended;
    clearTimeout(late);
  }

  private spawn(): void {
    const { name, file, env, log, outputFile } = this.program;
    const output = outputFile === undefined ? 'ignore' : openSync(outputFile, 'a');
    // In a process group of its own: a Ctrl-C in the terminal is for this process, which stops the others in order.
    // The channel is never used: it tells the other one when this process is gone.
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], { env: { ...process.env, ...env }, detached: true, stdio: ['ignore', output, 'pipe', 'ipc'] });
    if (typeof output === 'number') closeSync(output);
    this.child = child;
    this.startedAt = Date.now();
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.trimEnd().split('\n')) log(`${name}: ${line}`);
    });
    child.once('exit', (code, signal) => {
      if (this.stopping) return;
      log(`${name} ended (${signal ?? `status ${code}`}): starting it again`);
      this.restarts += 1;
      this.restartMs = Date.now() - this.startedAt > GOOD_LIFE_MS ? RESTART_MS : Math.min(2 * this.restartMs, RESTART_AT_MOST_MS);
      this.restarting = setTimeout(() => {
        this.restarting = undefined;
        this.spawn();
      }, this.restartMs);
    });
  }
}
