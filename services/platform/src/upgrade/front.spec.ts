import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@pioche/testing';
import { Front } from './front.js';

interface Replica {
  ready: boolean;
  readonly port: number;
  readonly server: Server;
}

async function replica(name: string): Promise<Replica> {
  const state = { ready: true };
  const server = createServer((asked, answer) => {
    answer.statusCode = asked.url === '/readyz' && !state.ready ? 503 : 200;
    answer.end(name);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(state, { port: (server.address() as AddressInfo).port, server });
}

describe('the front of a context', () => {
  let front: Front;
  const replicas: Replica[] = [];
  beforeEach(async () => {
    front = await Front.open();
  });
  afterEach(async () => {
    await front.close();
    for (const { server } of replicas.splice(0)) server.close().closeAllConnections();
  });

  async function add(name: string): Promise<Replica> {
    const one = await replica(name);
    replicas.push(one);
    front.add(one.port);
    await front.sends(one.port);
    return one;
  }
  /** Each by a connection of its own. */
  const ask = () =>
    new Promise<string>((resolve) => {
      request(front.url, { agent: false }, (answer) => answer.setEncoding('utf8').on('data', resolve)).on('error', ({ message }) => resolve(message)).end();
    });
  const askFour = async () => [await ask(), await ask(), await ask(), await ask()].sort();

  it('takes turns among the replicas that are ready', async () => {
    await add('a');
    const b = await add('b');
    await eventually(async () => expect(await askFour()).toEqual(['a', 'a', 'b', 'b']));
    b.ready = false;
    await eventually(async () => expect(await askFour()).toEqual(['a', 'a', 'a', 'a']));
    b.ready = true;
    await eventually(async () => expect(await askFour()).toEqual(['a', 'a', 'b', 'b']));
  });

  it('does not hide that nobody is there', async () => {
    const only = await add('a');
    only.ready = false;
    await eventually(async () => expect(await ask()).toMatch(/ECONNRESET|socket hang up/));
    front.remove(only.port);
    expect(await ask()).toMatch(/ECONNRESET|socket hang up/);
  });
});
