/**
 * What stands in front of a context's replicas, as a Service of Kubernetes does: connections go in turn to those that
 * are ready, as far as is known; whether they are is asked every 250 ms. It knows nothing of HTTP, so that whatever a
 * replica does to a connection its client sees.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const LOOK_MS = 250;
const ANSWER_MS = 2_000;
/** Looks without an answer before a replica counts as not ready, as `failureThreshold`; one that says so is believed at once. */
const MISSES = 3;

export class Front {
  /** Replicas, and how many looks in a row had no answer. */
  private readonly ports = new Map<number, number>();
  private ready: readonly number[] = [];
  private turn = 0;
  private readonly sockets = new Set<Socket>();
  private readonly looking: NodeJS.Timeout;
  private current: Promise<void> | undefined;
  readonly url: string;

  private constructor(private readonly listener: Server) {
    this.url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    listener.on('connection', (client) => this.join(client));
    this.looking = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  static async open(): Promise<Front> {
    const listener = createServer({ noDelay: true, allowHalfOpen: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new Front(listener);
  }

  /** A replica there is, ready or not. */
  add(port: number): void {
    this.ports.set(port, MISSES);
  }

  /** It is gone. */
  remove(port: number): void {
    this.ports.delete(port);
    this.ready = this.ready.filter((one) => one !== port);
  }

  /** Resolves when connections may go to it. */
  async sends(port: number): Promise<void> {
    while (!this.ready.includes(port)) await this.look();
  }

  async close(): Promise<void> {
    clearInterval(this.looking);
    for (const socket of this.sockets) socket.destroy();
    this.listener.close();
    await once(this.listener, 'close');
  }

  /** One at a time: an older answer never counts after a newer one. */
  private look(): Promise<void> {
    return (this.current ??= this.lookOnce().finally(() => (this.current = undefined)));
  }

  private async lookOnce(): Promise<void> {
    const answers = await Promise.all([...this.ports.keys()].map(async (port) => [port, await isReady(port)] as const));
    const ready = answers.filter(([port, answer]) => {
      const before = this.ports.get(port);
      if (before === undefined) return false;
      const misses = answer === undefined ? before + 1 : answer ? 0 : MISSES;
      this.ports.set(port, misses);
      return misses < MISSES;
    });
    this.ready = ready.map(([port]) => port);
  }

  private join(client: Socket): void {
    const port = this.ready[(this.turn += 1) % Math.max(1, this.ready.length)];
    // Nobody is there: what a client gets then is a connection that ends.
    if (port === undefined) return void client.on('error', () => {}).resetAndDestroy();
    const server = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    for (const [one, other] of [[client, server], [server, client]] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy()).once('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}

/** @returns nothing where there is no answer */
const isReady = async (port: number): Promise<boolean | undefined> =>
  fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) }).then(async (answer) => {
    await answer.arrayBuffer();
    return answer.ok;
  }, () => undefined);
