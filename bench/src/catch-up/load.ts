/** Commands on a schedule, answered or not, and when each was seen by whom. */
import { Agent, request } from 'node:http';

/** Milliseconds since 1970, with fractions, the same in every process of this machine. */
export const now = (): number => performance.timeOrigin + performance.now();

/** The samples of one phase, in milliseconds from the moment a command was due. */
export type Samples = Map<string, number[]>;

export class Load {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });
  /** Observer → position → when its command was due. */
  private readonly open = new Map<string, Map<number, number>>();
  private readonly reached = new Map<string, { position: number; at: number }>();
  private samples: Samples = new Map();
  private sent = 0;
  private stopped = false;
  private readonly running: Promise<void>;
  failed = 0;

  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly perSecond: number,
    observers: readonly string[],
  ) {
    for (const observer of observers) this.open.set(observer, new Map());
    this.running = this.run();
  }

  /** An observer has everything up to a position since `at`. */
  seen(observer: string, position: number, at: number): void {
    this.reached.set(observer, { position, at });
    const open = this.open.get(observer) ?? new Map<number, number>();
    // Positions are noted about in order: what is left behind is older than this.
    for (const [waiting, due] of open) {
      if (waiting > position) continue;
      this.note(observer, at - due);
      open.delete(waiting);
    }
  }

  /** Begins to collect anew. @returns what was collected until now */
  next(): Samples {
    const { samples } = this;
    this.samples = new Map();
    return samples;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    this.agent.destroy();
  }

  private async run(): Promise<void> {
    const begin = now();
    while (!this.stopped) {
      const due = begin + (this.sent * 1000) / this.perSecond;
      if (now() >= due) this.command(due);
      else await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  private command(due: number): void {
    this.sent += 1;
    const body = JSON.stringify({ value: this.sent, note: 'x'.repeat(100) });
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', 'content-length': body.length, 'idempotency-key': `load-${this.sent}` };
    const sending = request(`${this.url}/gauges`, { method: 'POST', agent: this.agent, headers }, (response) => {
      response.resume();
      const position = Number(/^lab:(\d+)$/.exec(String(response.headers['pioche-position']))?.[1]);
      if (response.statusCode === 201) this.answered(position, due);
      else this.failed += 1;
    });
    sending.on('error', () => (this.failed += 1)).end(body);
  }

  private answered(position: number, due: number): void {
    const at = now();
    this.note('answer', at - due);
    for (const [observer, open] of this.open) {
      const reached = this.reached.get(observer);
      if (reached && reached.position >= position) this.note(observer, Math.max(reached.at, at) - due);
      else open.set(position, due);
    }
  }

  private note(who: string, ms: number): void {
    const samples = this.samples.get(who);
    if (samples) samples.push(ms);
    else this.samples.set(who, [ms]);
  }
}
