/** A TCP proxy that can be told to behave like a bad network: what stands between a service and a server. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Direction = 'to-server' | 'to-client';

/** `half-open`: bytes of a direction vanish and nobody is told. `reset`: connections end with RST, and so do new ones. */
export type Behaviour =
  | { readonly mode: 'pass' }
  | { readonly mode: 'slow'; readonly latencyMs: number; readonly bytesPerSecond: number }
  | { readonly mode: 'half-open'; readonly lost: Direction | 'both' }
  | { readonly mode: 'reset' };

const PASS: Behaviour = { mode: 'pass' };

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes of it have vanished: what follows them would make no sense to anyone. */
  cut: boolean;
}

export class TcpProxy {
  private behaviour = PASS;
  private lost = 0;
  private readonly pairs = new Set<Pair>();

  private constructor(
    private readonly listener: Server,
    private readonly target: number,
  ) {
    listener.on('connection', (client) => this.join(client));
  }

  /** Listens on 127.0.0.1. @param target port there that it leads to; nothing needs to listen yet */
  static async open(target: number, port = 0): Promise<TcpProxy> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true });
    listener.listen(port, '127.0.0.1');
    await once(listener, 'listening');
    return new TcpProxy(listener, target);
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** Bytes that have vanished. */
  get vanished(): number {
    return this.lost;
  }

  /**
   * From now on, for what is connected and what connects. After `half-open` a connection that has lost bytes never
   * speaks again to its client, who has to notice; its server is told, as its own keep-alive would tell it.
   */
  behave(behaviour: Behaviour): void {
    this.behaviour = behaviour;
    for (const pair of this.pairs) {
      if (behaviour.mode === 'reset') end(pair);
      else if (pair.cut && behaviour.mode !== 'half-open') pair.server.resetAndDestroy();
    }
  }

  async close(): Promise<void> {
    for (const pair of this.pairs) end(pair);
    this.listener.close();
    await once(this.listener, 'close');
  }

  private join(client: Socket): void {
    if (this.behaviour.mode === 'reset') return void client.on('error', () => {}).resetAndDestroy();
    const server = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const pair: Pair = { client, server, cut: false };
    this.pairs.add(pair);
    client.on('error', () => {}).once('close', () => this.closed(pair, server));
    server.on('error', () => {}).once('close', () => this.closed(pair, client));
    void this.carry(pair, client, server, 'to-server');
    void this.carry(pair, server, client, 'to-client');
  }

  /** The end of one side is the end of the other, where it can be told. */
  private closed(pair: Pair, other: Socket): void {
    if (!this.loses('to-client') && !this.loses('to-server') && !(pair.cut && other === pair.client)) other.destroy();
    else pair.cut = true;
    if (pair.client.destroyed && pair.server.destroyed) this.pairs.delete(pair);
  }

  /** One chunk after the other: the sender waits while the receiver does. */
  private async carry(pair: Pair, from: Socket, to: Socket, direction: Direction): Promise<void> {
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        if (this.behaviour.mode === 'slow') {
          const { latencyMs, bytesPerSecond } = this.behaviour;
          await sleep(latencyMs + (chunk.length * 1_000) / bytesPerSecond);
        }
        if (this.loses(direction)) {
          pair.cut = true;
          this.lost += chunk.length;
        }
        if (pair.cut && (this.behaviour.mode !== 'half-open' || this.loses(direction))) continue;
        if (!to.write(chunk)) await drained(to);
      }
      if (this.loses(direction) || pair.cut) pair.cut = true;
      else to.end();
    } catch {
      // Either side has gone: `closed` sees to the other.
    }
  }

  private loses(direction: Direction): boolean {
    return this.behaviour.mode === 'half-open' && (this.behaviour.lost === direction || this.behaviour.lost === 'both');
  }
}

/** Resolves when it takes more, or will never take any. */
async function drained(socket: Socket): Promise<void> {
  const gone = new AbortController();
  const onClose = () => gone.abort();
  socket.once('close', onClose);
  if (!socket.destroyed) await once(socket, 'drain', { signal: gone.signal }).catch(() => undefined);
  socket.off('close', onClose);
}

function end({ client, server }: Pair): void {
  client.resetAndDestroy();
  server.resetAndDestroy();
}
