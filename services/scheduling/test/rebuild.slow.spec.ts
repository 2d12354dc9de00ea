/** How long a start takes on a long log: from its first event, and from a snapshot 50,000 events before its end. */
import { jobEvents, sitePlanEvents, type Recorded } from '@pioche/contracts';
import { AggregateStore, EventStore, eventStoreMigrations, type StreamWrite } from '@pioche/event-store';
import { derivedId, instant, type Fact } from '@pioche/kernel';
import { allEvents } from '@pioche/service-kit';
import { freshDatabase, type FreshDatabase } from '@pioche/testing';
import { decisionOf } from '../src/dispatch/decision.js';
import { Picture, type LogEvent } from '../src/dispatch/picture.js';
import { CreateDispatch1790000000401, PictureSnapshots } from '../src/dispatch/snapshots.js';
import { BASE, MODEL, nodeNamed, SITE } from './cluster.js';
import { sitePlanIdOf } from '../src/site-plan/site-plan.commands.js';
import { sitePlan } from '../src/site-plan/site-plan.js';

const JOBS = 100_000;
const ROUND = 1_000;
const tenant = derivedId('tenant', 'ada');
const queue = derivedId('queue', 'batch');
const plan = sitePlanIdOf(SITE);

let database: FreshDatabase;
let store: EventStore;
beforeAll(async () => {
  database = await freshDatabase([...eventStoreMigrations, CreateDispatch1790000000401]);
  store = new EventStore({ pool: database.pool, context: 'scheduling', groups: allEvents.filter(({ context }) => context === 'scheduling') });
}, 60_000);
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

let written = 0;
const append = (time: string, writes: readonly StreamWrite[]) => store.append({ commandId: `w${(written += 1)}`, writes, meta: { time, actor: 'test', correlationId: 'x', causationId: 'x' } });

async function follow(picture: Picture): Promise<Picture> {
  for (let read = 5_000; read === 5_000; ) {
    const events: Recorded[] = await store.readAll({ after: picture.position, limit: 5_000 });
    for (const event of events) picture.apply(event as LogEvent);
    read = events.length;
  }
  picture.refreshRules();
  return picture;
}

it('reads 100,000 jobs', async () => {
  const node = sitePlanEvents.events.NodeAdmitted.example;
  const admitted = Array.from({ length: 127 }, (_, n): Fact => {
    const { id, gpus } = nodeNamed(`n${n}`);
    return { type: 'NodeAdmitted', data: { ...node, site: SITE, node: id, name: `n${n}`, gpus: gpus.map((gpu, index) => ({ id: gpu, index, rail: index, model: MODEL })) } };
  });
  await append(instant(0), [
    { stream: plan, expected: 'none', events: [...admitted, { type: 'PolicyReplicated', data: { policy: derivedId('policy', 'p'), policy_version: 1, text: BASE } }, { type: 'TenantReplicated', data: { tenant, country: 'FR', data_classes: ['internal'] } }] },
    { stream: queue, expected: 'none', events: [{ type: 'QueueOpened', data: { name: 'batch', priority: 0, default_time_limit_s: 3600 } }] },
    { stream: derivedId('quota', 'ada'), expected: 'none', events: [{ type: 'QuotaSet', data: { tenant, guaranteed_gpus: 5_000, borrowable_gpus: 0, weight: 1 } }] },
  ]);
  const live = await follow(new Picture());
  let before = live.save();
  for (let first = 0; first < JOBS; first += ROUND) {
    const at = first * 60;
    const ids = Array.from({ length: ROUND }, (_, n) => derivedId('job', String(first + n)));
    await append(instant(at), ids.map((stream): StreamWrite => ({ stream, expected: 'none', events: [{ type: 'JobSubmitted', data: { ...jobEvents.events.JobSubmitted.example, tenant, queue, data_class: 'internal' } }] })));
    await follow(live);
    const { placements } = live.engine.plan(at);
    const decision = decisionOf(live, { site: SITE, placements }, instant(at));
    if (decision) await store.append(decision.request);
    await follow(live);
    const ends = [...live.jobs].flatMap(([stream, { state, version }]): StreamWrite[] => {
      if (state.status === 'unknown' || !state.open || first + ROUND >= JOBS) return [];
      const { allocation, site: _, placements: __, ...metered } = state.open;
      return [{ stream, expected: version, events: [{ type: 'JobStarted', data: { allocation } }, { type: 'JobSucceeded', data: { allocation } }, { type: 'AllocationClosed', data: { allocation, ...metered, reason: 'succeeded' } }] }];
    });
    if (ends.length > 0) await append(instant(at + 50), ends);
    await follow(live);
    if (live.position < JOBS * 6 - 50_000) before = live.save();
  }
  const head = await store.head();
  const snapshots = new PictureSnapshots(database.pool);
  await snapshots.save(before);

  const time = async (what: string, picture: () => Promise<Picture>) => {
    const began = performance.now();
    const { jobs, position } = await picture();
    process.stdout.write(`${JSON.stringify({ what, events: head, jobs: JOBS, live: jobs.size, seconds: Math.round(performance.now() - began) / 1000 })}\n`);
    expect([position, jobs.size]).toEqual([head, live.jobs.size]);
  };
  await time('start from the first event', () => follow(new Picture()));
  await time('start from a snapshot, and the events after it', async () => follow(new Picture(await snapshots.latest())));
  await time('the state of the plan, as commands load it', async () => {
    await new AggregateStore(store, database.pool).load(sitePlan, plan);
    return live;
  });
}, 280_000);
