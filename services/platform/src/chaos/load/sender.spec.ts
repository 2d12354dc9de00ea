import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandsOf, fateOf } from '../history/commands.js';
import { History, readHistory } from '../history/history.js';
import type { Ask } from '../history/records.js';
import { Sender } from './sender.js';
import { SimulatedTime } from './time.js';

type Answer = (response: ServerResponse) => void;

const ask: Ask = { kind: 'command', by: { subject: 'operations' }, context: 'inventory', route: '/nodes/{id}:drain', target: 'node_1', key: 'k', body: { reason: 'a fan' } };
const done: Answer = (response) => void response.end(JSON.stringify({ id: 'node_1', version: 2, position: 7, events: [] }));
const silent: Answer = () => undefined;
const status = (code: number): Answer => (response) => {
  response.statusCode = code;
  response.end('{}');
};

let folder: string;
let server: Server;
/** What the service answers, one request after the other. */
let answers: Answer[];
let heard: { readonly url: string | undefined; readonly headers: IncomingMessage['headers'] }[];
const ending = new AbortController();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pioche-sender-'));
  [answers, heard] = [[], []];
  server = createServer((request, response) => {
    heard.push({ url: request.url, headers: request.headers });
    answers.shift()?.(response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

/** Lets a sender work, and reads what it has written down. */
async function sends(work: (sender: Sender) => Promise<unknown>) {
  const file = join(folder, 'history.jsonl');
  const history = new History(file);
  const issuer = { mint: () => Promise.resolve('token') };
  const sender = new Sender({ url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`, issuer }, history, new SimulatedTime(40), ending.signal);
  await work(sender);
  history.close();
  const records = await readHistory(file);
  return { sender, records, fates: commandsOf(records).map(fateOf) };
}

it('says who, when and with which key, and writes down the attempt and the answer', async () => {
  answers = [done];
  const { records, fates, sender } = await sends((one) => one.once(one.number(ask)));
  expect(heard[0]).toMatchObject({ url: '/nodes/node_1:drain', headers: { 'idempotency-key': 'k', 'if-match': '*', 'pioche-simulated-time': '2026-11-01T00:00:00.000Z', authorization: 'Bearer token' } });
  expect(records.map(({ what }) => what)).toEqual(['asked', 'sent', 'answered']);
  expect(fates).toEqual(['acknowledged']);
  expect(sender.acknowledged).toBe(1);
});

it('gives up an attempt after its time: the outcome is unknown', async () => {
  answers = [silent];
  const { fates, sender } = await sends((one) => one.once(one.number(ask), { timeoutMs: 50 }));
  expect(fates).toEqual(['unknown']);
  expect(sender.inFlight).toBe(0);
});

it('insists with the same key until it is told what became of it', async () => {
  answers = [silent, status(503), done];
  const { records, fates } = await sends((one) => one.patiently(one.number(ask), { timeoutMs: 50 }));
  expect(records.filter(({ what }) => what === 'sent')).toHaveLength(3);
  expect(new Set(heard.map(({ headers }) => headers['idempotency-key']))).toEqual(new Set(['k']));
  expect(fates).toEqual(['acknowledged']);
});

it('takes a refusal for an answer', async () => {
  answers = [status(409)];
  expect((await sends((one) => one.patiently(one.number(ask), {}))).fates).toEqual(['refused']);
});
