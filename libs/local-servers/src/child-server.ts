import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithParent } from './end-with-parent.js';
import { MissingPart } from './missing-part.js';
import { endProcess, family, kill, pauseProcesses, startMark } from './processes.js';
import type { Crashable } from './server.js';

export interface ChildServerOptions {
  /** What people call it, e.g. `PostgreSQL`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** Gets what it prints; the file of the run before is kept as `<file>.old`. */
  readonly logFile: string;
  /** Gets the number of the process each time it is started. */
  readonly pidFile?: string;
  /** The signal that ends it in good order. */
  readonly stopSignal: NodeJS.Signals;
  /** Whether it can be used. @param pid of the process that was started last */
  readonly isReady: (pid: number | undefined) => boolean | Promise<boolean>;
  /** How long a start may take, in milliseconds; two minutes when absent. */
  readonly patienceMs?: number;
  readonly log: (line: string) => void;
}

const PATIENCE_MS = 120_000;

/** A server run as a child process. It ends when this process does, except after a kill -9 of this one. */
export class ChildServer implements Crashable {
  private child: ChildProcess | undefined;
  private forget = () => {};
  private resumePaused: (() => void) | undefined;
  private ended: string | undefined;
  private stopping = false;
  private ready = false;

  constructor(private readonly options: ChildServerOptions) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Starts it, the first time or again, and asks every 20 ms whether it is ready. One that runs is left alone.
   * @throws MissingPart when it ends before, or is not ready in time; the message is its own last words
   */
  async start(): Promise<void> {
    if (this.pid === undefined || this.ended !== undefined) this.spawn();
    const { patienceMs = PATIENCE_MS } = this.options;
    const limit = Date.now() + patienceMs;
    while (!(await this.options.isReady(this.pid))) {
      if (this.ended !== undefined) throw this.failure(this.ended);
      if (Date.now() > limit) {
        await this.stop();
        throw this.failure(`not ready after ${patienceMs / 1000} s`);
      }
      await sleep(20);
    }
    this.ready = true;
  }

  /** What it has written is the system's, and stays. */
  async kill(): Promise<void> {
    this.stopping = true;
    const killed = this.family();
    for (const pid of killed) kill(pid, 'SIGKILL');
    this.resume();
    while (killed.some((pid) => startMark(pid) !== undefined)) await sleep(5);
    this.ended ??= 'SIGKILL';
    this.forget();
  }

  pause(): void {
    this.resumePaused ??= pauseProcesses(this.family());
  }

  resume(): void {
    this.resumePaused?.();
    this.resumePaused = undefined;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.resume();
    if (this.pid !== undefined && this.ended === undefined) await endProcess(this.pid, this.options.stopSignal);
    this.ended ??= this.options.stopSignal;
    this.forget();
  }

  private spawn(): void {
    const { command, args, logFile, stopSignal, name, log, pidFile, isReady: _, patienceMs: __, ...rest } = this.options;
    if (existsSync(logFile)) renameSync(logFile, `${logFile}.old`);
    const output = openSync(logFile, 'a');
    // Its own process group: a Ctrl-C in the terminal is for this process, which ends its servers last.
    const child = spawn(command, args, { ...rest, detached: true, stdio: ['ignore', output, output] });
    closeSync(output);
    child.unref();
    if (pidFile !== undefined) writeFileSync(pidFile, String(child.pid));
    this.child = child;
    this.ended = undefined;
    this.ready = false;
    this.stopping = false;
    this.forget = endWithParent({ kill: () => this.signal(stopSignal), stop: () => this.stop() });
    const onEnd = (how: string): void => {
      if (this.child !== child) return;
      this.ended ??= how;
      this.forget();
    };
    child.once('error', (error) => onEnd(error.message));
    child.once('exit', (code, signal) => {
      onEnd(signal ?? `status ${code}`);
      if (!this.stopping && this.ready) log(`${name} ended by itself (${signal ?? `status ${code}`}); see ${logFile}`);
    });
  }

  private family(): number[] {
    return this.pid === undefined || this.ended !== undefined ? [] : family(this.pid);
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.pid !== undefined && this.ended === undefined) kill(this.pid, signal);
    this.resume();
  }

  private failure(how: string): MissingPart {
    const { name, logFile } = this.options;
    const lines = readFileSync(logFile, 'utf8').trim().split('\n');
    const lastWords = lines.findLast((line) => /FATAL|ERROR|could not|Exception/.test(line)) ?? lines.at(-1);
    return new MissingPart(`${name} did not start (${how})`, `${lastWords === undefined || lastWords === '' ? 'it said nothing' : lastWords.trim()} (log: ${logFile})`);
  }
}

/** What can be done to it from outside, and nothing else of it. */
export const crashesOf = (server: ChildServer): Crashable => ({
  get pid() {
    return server.pid;
  },
  kill: () => server.kill(),
  start: () => server.start(),
  pause: () => server.pause(),
  resume: () => server.resume(),
});
