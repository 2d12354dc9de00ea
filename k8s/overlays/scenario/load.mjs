// Asks every service by its name, over and over: queries, and now and then a command. What it has been answered is on
// http://127.0.0.1:3000, as counts since the start: by service, HTTP status or what went wrong with the connection. From
// /queries-only on it commands nothing any more: whoever counts events wants to count the same twice.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';

const REST_MS = 40;
const LIMIT_MS = 20_000;
const COMMAND_EVERY = 25;

const DAY = ['--lifetime', '86400'];
const token = execFileSync(process.execPath, ['/app/services/platform/dist/pioche.js', 'token', '--role', 'operator', ...DAY], { encoding: 'utf8' }).trim();

/** What each is asked: a query, and a command that nothing follows from. */
const SERVICES = {
  inventory: { query: '/sites', command: ['/sites', (key) => ({ name: key, operator: 'load', country: 'FR', jurisdiction: 'FR', certifications: [] })] },
  scheduling: { query: '/queues', command: ['/queues', (key) => ({ name: key, priority: 0 })] },
  billing: { query: '/price-books' },
  sovereignty: { query: '/policies', command: ['/policies', (key) => ({ title: key, text: '@id("load") permit(principal, action, resource);' })] },
  lab: { query: '/programmes' },
};

const counts = Object.fromEntries(Object.keys(SERVICES).map((service) => [service, {}]));
let commanding = true;
/** The latest answers that nobody should get. */
const wrong = [];

async function ask(service, path, body) {
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json', 'idempotency-key': randomUUID() }) };
  const outcome = await fetch(`http://pioche-${service}:3000${path}`, { method: body ? 'POST' : 'GET', headers, ...(body && { body: JSON.stringify(body) }), signal: AbortSignal.timeout(LIMIT_MS) }).then(
    async (answer) => ({ what: answer.status, text: await answer.text() }),
    (error) => ({ what: error.cause?.code ?? error.name, text: error.cause?.message ?? error.message }),
  );
  counts[service][outcome.what] = (counts[service][outcome.what] ?? 0) + 1;
  if (outcome.what < 500) return;
  wrong.push({ at: new Date().toISOString(), service, path, what: outcome.what, text: outcome.text.slice(0, 300) });
  if (wrong.length > 50) wrong.shift();
}

async function keepAsking(service, { query, command }) {
  for (let asked = 1; ; asked++) {
    const [path, body] = commanding && command && asked % COMMAND_EVERY === 0 ? [command[0], command[1](`load ${randomUUID()}`)] : [query];
    await ask(service, path, body).catch((error) => wrong.push({ service, what: 'load', text: String(error) }));
    await setTimeout(REST_MS);
  }
}

createServer((request, response) => {
  if (request.url === '/queries-only') commanding = false;
  response.end(JSON.stringify({ counts, wrong }));
}).listen(3000);
for (const [service, asks] of Object.entries(SERVICES)) void keepAsking(service, asks);
