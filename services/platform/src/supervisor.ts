/** Runs a program and starts it again when it dies, as an orchestrator would. */
import { spawn, type ChildProcess } from 'node:child_process';

const RESTART_MS = 250;
/** How long a program may take to end in good order. */
const STOP_MS = 5_000;

export interface Program {
  readonly name: string;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

export class Supervised {
  private child: ChildProcess;
  private stopping = false;
  restarts = 0;

  constructor(private readonly program: Program) {
    this.child = this.start();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** SIGTERM and, where it does not end by that, SIGKILL; then waits for its end. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(late);
  }

  private start(): ChildProcess {
    const { name, file, env, log } = this.program;
    // In a process group of its own: a Ctrl-C in the terminal is for this process, which stops the others in order.
    // The channel is never used: it tells the other one when this process is gone.
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], { env: { ...process.env, ...env }, detached: true, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.trimEnd().split('\n')) log(`${name}: ${line}`);
    });
    child.once('exit', (code, signal) => {
      if (this.stopping) return;
      log(`${name} ended (${signal ?? `status ${code}`}): starting it again`);
      this.restarts += 1;
      setTimeout(() => {
        if (!this.stopping) this.child = this.start();
      }, RESTART_MS);
    });
    return child;
  }
}
