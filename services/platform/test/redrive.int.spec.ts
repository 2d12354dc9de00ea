/** An event that a context cannot handle, over the whole platform: parked, seen, put right and driven again. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTEXTS, jobEvents } from '@pioche/contracts';
import { freePort } from '@pioche/local-servers';
import { eventually } from '@pioche/testing';
import { derivedId } from '@pioche/kernel';
import pg from 'pg';
import { startEmbedded } from '../src/embedded.js';
import { installationOf } from '../src/installation.js';
import { openServers, type Servers } from '../src/servers.js';
import { runTool } from './tool.js';

const LIMIT = 180_000;
const folder = mkdtempSync(join(tmpdir(), 'pioche-redrive-'));
const project = derivedId('project', 'redrive');
let port = 0;
let servers: Servers;
let platform: Awaited<ReturnType<typeof startEmbedded>>;
let scheduling: pg.Pool;
let operator = '';

beforeAll(async () => {
  port = await someFreePort();
  const installation = installationOf(folder);
  servers = await openServers(folder, installation, false, () => {});
  platform = await startEmbedded(servers, installation, { port, clock: 'system', onFailed: () => {} });
  scheduling = new pg.Pool({ connectionString: servers.databaseUrl.scheduling, max: 2 });
  operator = await platform.issuer.mint({ subject: 'olga', role: 'operator' });
}, LIMIT);
afterAll(async () => {
  await scheduling?.end();
  await platform?.stop();
  await servers?.stop();
  rmSync(folder, { recursive: true, force: true });
}, LIMIT);

async function someFreePort(): Promise<number> {
  for (;;) {
    const one = 15_000 + Math.floor(Math.random() * 17_000);
    if (await freePort(one).then(() => true, () => false)) return one;
  }
}

const get = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${operator}` } });
  return { status: response.status, body: JSON.parse(await response.text()) };
};
/** As a release of scheduling writes it that the others do not know yet: only its version is new. */
async function submitted(job: string, schemaVersion: number): Promise<void> {
  const data = { ...jobEvents.events.JobSubmitted.example, project };
  const meta = { actor: 'test', commandId: job, correlationId: job, causationId: job };
  await scheduling.query(
    `INSERT INTO events (stream_id, version, event_id, type, schema_version, data, meta, time)
     SELECT $1, coalesce(max(version), 0) + 1, $1 || '-' || coalesce(max(version), 0), 'JobSubmitted', $2, $3, $4, now() FROM events WHERE stream_id = $1`,
    [job, schemaVersion, data, meta],
  );
}
const runOf = async (job: string): Promise<unknown[]> => (await get(`/lab/runs?job=${job}`)).body.items;
const redrive = (...args: string[]) => runTool('redrive', ['--port', String(port), '--data-dir', folder, ...args]);
const [strange, plain] = [derivedId('job', 'strange'), derivedId('job', 'plain')];

it('an event that is not known is parked with its reason; the services stay ready, and other streams go on', async () => {
  await submitted(strange, 99);
  await submitted(plain, 1);
  await eventually(async () => expect(await runOf(plain)).toHaveLength(1), 30_000);
  expect(await runOf(strange)).toEqual([]);
  const { body } = await get('/lab/dead-letters');
  expect(body.items).toEqual(expect.arrayContaining([expect.objectContaining({ stream: strange, source: 'scheduling', state: 'dead', reason: 'unknown event: JobSubmitted v99' })]));
  await eventually(async () => {
    const ready = await Promise.all(CONTEXTS.map(async (context) => (await get(`/${context}/readyz`)).status));
    expect(ready).toEqual([200, 200, 200, 200, 200]);
  });
}, LIMIT);

it('the command lists what is dead, and says with 1 that it still cannot be handled', async () => {
  const listed = await redrive('--list', '--context', 'lab');
  expect([listed.status, listed.said]).toEqual([0, expect.stringContaining(`scheduling JobSubmitted ${strange}  unknown event: JobSubmitted v99`)]);
  const tried = await redrive('--all', '--context', 'lab');
  expect([tried.status, tried.said]).toEqual([1, expect.stringMatching(/^lab \d+: 0 handled, 1 left: \d+ is dead: .*unknown event: JobSubmitted v99/m)]);
}, LIMIT);

it('the event put right is handled, with what waited behind it', async () => {
  const letters = (await redrive('--list', '--json', '--context', 'lab')).said.trim().split('\n').map((line) => JSON.parse(line) as { id: string; consumer: string; raw: string });
  expect(letters.length).toBeGreaterThan(1);
  const file = join(folder, 'fixed.json');
  for (const { id, raw } of letters) {
    writeFileSync(file, raw.replaceAll('JobSubmitted.v99', 'JobSubmitted.v1').replaceAll('/JobSubmitted/99', '/JobSubmitted/1'));
    expect(await redrive('--context', 'lab', '--id', id, '--raw', file)).toEqual({ status: 0, said: `lab ${id}: handled, with 0 that waited behind it\n` });
  }
  await eventually(async () => expect(await runOf(strange)).toHaveLength(1));
  expect(await redrive('--list', '--context', 'lab')).toEqual({ status: 0, said: 'no dead letters\n' });
}, LIMIT);

it.each([
  [[], 'say one of --list, --id, --consumer, --all'],
  [['--id', '1'], '--id needs --context'],
  [['--all', '--raw', 'x.json'], '--raw needs --id'],
  [['--context', 'moon', '--list'], "argument 'moon' is invalid"],
  [['--list', '--data-dir', join(folder, 'nothing')], 'no token'],
])('a wrong call (%p) ends with 2 and says what is wrong', async (args, message) => {
  const { status, said } = await redrive(...args);
  expect([status, said]).toEqual([2, expect.stringContaining(message)]);
}, LIMIT);

it('a platform that is not there ends with 1 and one line', async () => {
  const away = await redrive('--list', '--url', 'http://127.0.0.1:9');
  expect(away).toEqual({ status: 1, said: 'pioche: inventory does not answer at http://127.0.0.1:9/inventory: is the platform running there?\n' });
  const unknown = await redrive('--context', 'lab', '--id', '999999');
  expect([unknown.status, unknown.said]).toEqual([1, expect.stringContaining('404')]);
}, LIMIT);
