import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { endWhenSilent } from './silent-socket.js';

const PATIENCE_MS = 300;
let server: Server;
let socket: Socket;

async function connected(answer: (peer: Socket) => void): Promise<void> {
  server = createServer((peer) => answer(peer.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  socket = endWhenSilent(connect((server.address() as AddressInfo).port, '127.0.0.1'), PATIENCE_MS, 'the server');
  await once(socket, 'connect');
}

afterEach(() => {
  socket.destroy();
  server.close();
});

it('is ended when it was asked and does not answer', async () => {
  await connected((peer) => peer.resume());
  socket.write('question');
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(error).toMatchObject({ code: 'ETIMEDOUT', message: 'connection timeout: the server has not answered for 0.3 s' });
});

it('stays when nothing was asked, and when it answers', async () => {
  await connected((peer) => peer.on('data', () => peer.write('answer')));
  socket.resume();
  await setTimeout(3 * PATIENCE_MS);
  for (let asked = 0; asked < 5; asked += 1) {
    socket.write('question');
    await setTimeout(PATIENCE_MS / 2);
  }
  expect(socket.destroyed).toBe(false);
});
