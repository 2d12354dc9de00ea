import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { eventually } from '@pioche/testing';
import { TcpProxy } from './proxy.js';

/** A server that gives back what it gets, and remembers it. */
async function echo(): Promise<{ server: Server; port: number; heard: () => string; sockets: Socket[] }> {
  let heard = '';
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {}).on('data', (chunk) => {
      heard += chunk.toString();
      socket.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port, heard: () => heard, sockets };
}

describe('a TCP proxy', () => {
  let far: Awaited<ReturnType<typeof echo>>;
  let proxy: TcpProxy;
  const clients: Socket[] = [];
  beforeEach(async () => {
    far = await echo();
    proxy = await TcpProxy.open(far.port);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy.close();
    for (const socket of far.sockets) socket.destroy();
    far.server.close();
  });

  async function client(): Promise<{ socket: Socket; got: () => string; error: () => string | undefined }> {
    let got = '';
    let error: string | undefined;
    const socket = connect(proxy.port, '127.0.0.1');
    clients.push(socket);
    socket.on('data', (chunk) => void (got += chunk.toString()));
    socket.on('error', (cause: NodeJS.ErrnoException) => void (error = cause.code));
    await once(socket, 'connect').catch(() => undefined);
    return { socket, got: () => got, error: () => error };
  }

  it('passes bytes both ways, and the end of either side', async () => {
    const one = await client();
    one.socket.write('hello');
    await eventually(() => expect(one.got()).toBe('hello'));
    one.socket.end();
    await eventually(() => expect(far.sockets[0]?.destroyed).toBe(true));

    const two = await client();
    two.socket.write('!');
    await eventually(() => expect(two.got()).toBe('!'));
    far.sockets[1]?.destroy();
    await once(two.socket, 'close');
  });

  it('makes a sender wait for a receiver that does not read', async () => {
    far.server.removeAllListeners('connection');
    far.server.on('connection', (socket) => void far.sockets.push(socket.pause()));
    const { socket } = await client();
    const block = Buffer.alloc(1024 ** 2);
    let written = 0;
    while (written < 64 && socket.writableLength < 8 * block.length) {
      written += 1;
      socket.write(block);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(written).toBeLessThan(64);
    let read = 0;
    far.sockets[0]?.on('data', (chunk) => void (read += chunk.length)).resume();
    await eventually(() => expect(read).toBe(written * block.length));
  });

  it('is slow, and loses nothing', async () => {
    proxy.behave({ mode: 'slow', latencyMs: 60, bytesPerSecond: 1_000_000 });
    const one = await client();
    const began = performance.now();
    one.socket.write('x'.repeat(50_000));
    await eventually(() => expect(one.got()).toHaveLength(50_000));
    // Two ways: at least the latency of each, and 50 ms for the bytes of each. Timers never fire early.
    expect(performance.now() - began).toBeGreaterThanOrEqual(200);
  });

  it.each([
    { lost: 'both', heard: '' },
    { lost: 'to-server', heard: '' },
    { lost: 'to-client', heard: 'lost' },
  ] as const)('half-open ($lost), keeps connections old and new open, and what is lost never comes', async ({ lost, heard }) => {
    const old = await client();
    old.socket.write('before;');
    await eventually(() => expect(old.got()).toBe('before;'));
    proxy.behave({ mode: 'half-open', lost });
    const fresh = await client();
    old.socket.write('lost');
    fresh.socket.write('lost');
    await eventually(() => expect(proxy.vanished).toBe(8));
    expect(far.heard()).toBe(`before;${heard}${heard}`);

    proxy.behave({ mode: 'pass' });
    old.socket.write('after');
    const healed = await client();
    healed.socket.write('healed');
    await eventually(() => expect(healed.got()).toBe('healed'));
    expect(far.heard()).toBe(`before;${heard}${heard}healed`);
    expect([old.got(), fresh.got()]).toEqual(['before;', '']);
    expect([old.socket.closed, fresh.socket.closed]).toEqual([false, false]);
    // The server does not keep what nobody speaks to.
    await eventually(() => expect(far.sockets.filter(({ destroyed }) => !destroyed)).toHaveLength(1));
  });

  it('half-open, does not tell of an end either', async () => {
    const old = await client();
    old.socket.write('x');
    await eventually(() => expect(old.got()).toBe('x'));
    proxy.behave({ mode: 'half-open', lost: 'both' });
    far.sockets[0]?.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(old.socket.closed).toBe(false);
  });

  it('resets connections old and new, and takes new ones when it is over', async () => {
    const old = await client();
    old.socket.write('x');
    await eventually(() => expect(old.got()).toBe('x'));
    proxy.behave({ mode: 'reset' });
    await eventually(() => expect(old.error()).toBe('ECONNRESET'));
    const fresh = await client();
    await eventually(() => expect(fresh.error()).toBe('ECONNRESET'));

    proxy.behave({ mode: 'pass' });
    const healed = await client();
    healed.socket.write('y');
    await eventually(() => expect(healed.got()).toBe('y'));
  });

  it('closes a connection whose server is not there', async () => {
    const nowhere = await TcpProxy.open(far.port);
    far.server.close();
    const socket = connect(nowhere.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'close');
    await nowhere.close();
  });
});
