/** Five services in one process: each tells its own metrics, and every one that is declared. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTEXTS } from '@pioche/contracts';
import { freePort } from '@pioche/local-servers';
import { declarationOf, metricsOf } from '@pioche/service-kit';
import { eventually } from '@pioche/testing';
import { startEmbedded } from '../../src/embedded.js';
import { installationOf } from '../../src/installation.js';
import { MODULES } from '../../src/modules.js';
import { openServers, type Servers } from '../../src/servers.js';

const LIMIT = 180_000;
const folder = mkdtempSync(join(tmpdir(), 'pioche-metrics-'));
let servers: Servers;
let platform: Awaited<ReturnType<typeof startEmbedded>>;
let port = 0;

beforeAll(async () => {
  const installation = installationOf(folder);
  for (port = 17_000; !(await freePort(port).then(() => true, () => false)); ) port += 1;
  servers = { ...(await openServers(folder, installation, false, () => {})), brokers: undefined };
  platform = await startEmbedded(servers, installation, { port, clock: 'system', onFailed: () => {} });
}, LIMIT);
afterAll(async () => {
  await platform?.stop();
  await servers?.stop();
  rmSync(folder, { recursive: true, force: true });
}, LIMIT);

const scrape = async (context: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}/${context}/metrics`)).text();

it.each(CONTEXTS)('%s declares every metric that it tells, in its name, and can read every figure', async (context) => {
  const declared = new Set(metricsOf(declarationOf(MODULES[context])).map(({ name, type }) => `${name} ${type}`));
  await eventually(async () => {
    const text = await scrape(context);
    const told = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    const ours = told.filter((line) => !/^(process|nodejs)_/.test(line));
    // Nothing is published here.
    expect(ours.toSorted()).toEqual([...declared].filter((line) => !line.startsWith('pioche_relay_lag')).toSorted());
    expect(text.match(/^pioche_figures_unreadable.*$/m)?.[0]).toBe(`pioche_figures_unreadable{service="${context}"} 0`);
    for (const line of text.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) expect(line).toContain(`service="${context}"`);
  }, 20_000);
});

it('says who is ready, and what is open', async () => {
  await eventually(async () => {
    const text = await scrape('sovereignty');
    for (const line of ['pioche_ready{check="database",service="sovereignty"} 1', 'pioche_ready{check="consumers",service="sovereignty"} 1', 'pioche_dead_letters{state="dead",service="sovereignty"} 0', 'pioche_consumer_running{consumer="audit",service="sovereignty"} 1', 'pioche_leader{task="timers",service="sovereignty"} 1']) {
      expect(text.split('\n')).toContain(line);
    }
  }, 20_000);
});
