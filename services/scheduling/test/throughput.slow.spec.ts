/** How many jobs a second go from a queue to GPUs and to their end, through the whole service. Prints; asserts little. */
import { eventually } from '@pioche/testing';
import { startForTest, type ServiceUnderTest } from '@pioche/testing/service';
import { SchedulingModule } from '../src/scheduling.module.js';
import { BASE, Cluster, nodeNamed, SITE } from './cluster.js';

const NODES = 127;
/** 8 fractions of a tenth each on every GPU. */
const JOBS = 8_000;
const BATCH = 1_000;

let service: ServiceUnderTest;
let cluster: Cluster;
beforeAll(async () => {
  service = await startForTest(SchedulingModule, { logs: ['inventory', 'sovereignty'] });
  cluster = new Cluster(service);
}, 60_000);
afterAll(async () => service?.stop());

const print = (what: string, jobs: number, began: number): void => {
  const seconds = (performance.now() - began) / 1000;
  process.stdout.write(`${JSON.stringify({ what, jobs, seconds: Math.round(seconds * 100) / 100, per_second: Math.round(jobs / seconds) })}\n`);
};

it('submits, places, starts and ends', async () => {
  const { tenant, queue, client } = await cluster.tenant('ada');
  await cluster.adopt('base', BASE);
  for (let n = 0; n < NODES; n++) await cluster.putInService(nodeNamed(`n${n}`));
  await service.settled();
  const batches = Array.from({ length: JOBS / BATCH }, (_, k) => k);
  const submit = (round: string) =>
    Promise.all(batches.map((k) => client.post('/jobs:batch', { items: Array.from({ length: BATCH }, (_, n) => ({ idempotency_key: `${round}-${k}-${n}`, input: { queue, name: `${round}-${k}-${n}`, gpu_milli: 100 } })) })));
  const placed = () => eventually(async () => {
    const { assignments } = await cluster.assignments();
    expect(assignments).toHaveLength(JOBS);
    return assignments;
  }, 60_000);

  let began = performance.now();
  await submit('a');
  print('submitted (HTTP, batches of 1,000)', JOBS, began);
  const first = await placed();
  print('submitted and placed', JOBS, began);

  began = performance.now();
  const say = async (kind: string, jobs: typeof first) => {
    for (const k of batches) await cluster.report(...jobs.slice(k * BATCH, (k + 1) * BATCH).map(({ job, allocation }) => ({ kind, job, allocation, at: service.now })));
  };
  await say('started', first);
  print('reported started', JOBS, began);
  began = performance.now();
  await say('finished', first);
  print('reported finished', JOBS, began);

  await cluster.turn(tenant, 'Off', 'off');
  await service.settled();
  await submit('b');
  await service.settled();
  began = performance.now();
  await cluster.turn(tenant, 'On', 'on');
  await placed();
  print('placed, all waiting', JOBS, began);
  began = performance.now();
  for (let n = 0; n < 100; n++) await cluster.gateway.get(`/agent/assignments?site=${SITE}&since=${await service.service.store.head()}`);
  print('assignments asked, nothing new', 100, began);
}, 240_000);
