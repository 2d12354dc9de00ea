import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithParent } from './end-with-parent.js';
import { MissingPart } from './missing-part.js';
import { endProcess, kill } from './processes.js';

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
  /** The signal that ends it in good order. */
  readonly stopSignal: NodeJS.Signals;
  readonly log: (line: string) => void;
}

/** A server run as a child process. It ends when this process does, except after a kill -9 of this one. */
export class ChildServer {
  private readonly child: ChildProcess;
  private readonly forget: () => void;
  private ended: string | undefined;
  private stopping = false;

  constructor(private readonly options: ChildServerOptions) {
    const { command, args, logFile, stopSignal, name, log, ...rest } = options;
    if (existsSync(logFile)) renameSync(logFile, `${logFile}.old`);
    const output = openSync(logFile, 'a');
    // Its own process group: a Ctrl-C in the terminal is for this process, which ends its servers last.
    this.child = spawn(command, args, { ...rest, detached: true, stdio: ['ignore', output, output] });
    closeSync(output);
    this.child.unref();
    this.forget = endWithParent({ kill: () => this.signal(stopSignal), stop: () => this.stop() });
    this.child.once('error', (error) => this.onEnd(error.message));
    this.child.once('exit', (code, signal) => {
      this.onEnd(signal ?? `status ${code}`);
      if (!this.stopping && this.ready) log(`${name} ended by itself (${signal ?? `status ${code}`}); see ${logFile}`);
    });
  }

  private ready = false;

  get pid(): number | undefined {
    return this.child.pid;
  }

  /**
   * Asks every 20 ms until `probe` says yes.
   * @throws MissingPart when it ends before, or is not ready in time; the message is its own last words
   */
  async untilReady(probe: () => boolean | Promise<boolean>, patienceMs = 60_000): Promise<void> {
    const limit = Date.now() + patienceMs;
    while (!(await probe())) {
      if (this.ended !== undefined) throw this.failure(this.ended);
      if (Date.now() > limit) {
        await this.stop();
        throw this.failure(`not ready after ${patienceMs / 1000} s`);
      }
      await sleep(20);
    }
    this.ready = true;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.child.pid !== undefined && this.ended === undefined) await endProcess(this.child.pid, this.options.stopSignal);
    this.forget();
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.child.pid !== undefined && this.ended === undefined) kill(this.child.pid, signal);
  }

  private onEnd(how: string): void {
    this.ended ??= how;
    this.forget();
  }

  private failure(how: string): MissingPart {
    const { name, logFile } = this.options;
    const lines = readFileSync(logFile, 'utf8').trim().split('\n');
    const lastWords = lines.findLast((line) => /FATAL|ERROR|could not|Exception/.test(line)) ?? lines.at(-1);
    return new MissingPart(`${name} did not start (${how})`, `${lastWords === undefined || lastWords === '' ? 'it said nothing' : lastWords.trim()} (log: ${logFile})`);
  }
}
