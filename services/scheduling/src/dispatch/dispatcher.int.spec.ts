import { derivedId, plusSeconds, systemClock } from '@pioche/kernel';
import { AggregateStore, type EventStore } from '@pioche/event-store';
import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import { startForTest, type ServiceUnderTest } from '@pioche/testing/service';
import { BASE, Cluster, nodeNamed, SITE } from '../../test/cluster.js';
import { SchedulingModule } from '../scheduling.module.js';
import { decisionOf } from './decision.js';
import { Dispatcher } from './dispatcher.js';
import { Picture, type LogEvent } from './picture.js';
import { PictureSnapshots } from './snapshots.js';

let service: ServiceUnderTest;
let cluster: Cluster;
let elsewhere: FreshDatabase;
let rogue: Dispatcher | undefined;
const nodes = Array.from({ length: 4 }, (_, n) => nodeNamed(`n${n}`));

beforeEach(async () => {
  service = await startForTest(SchedulingModule, { logs: ['inventory', 'sovereignty'] });
  cluster = new Cluster(service);
  elsewhere = await freshDatabase();
  await cluster.adopt('base', BASE);
  for (const node of nodes) await cluster.putInService(node);
});
afterEach(async () => {
  await rogue?.beforeApplicationShutdown();
  rogue = undefined;
  await service?.stop();
  await elsewhere?.drop();
});

const store = (): EventStore => service.service.store;

/** A dispatcher that leads whoever else does: its lock is in another database. */
function startRogue(): Dispatcher {
  const aggregates = new AggregateStore(store(), service.database.pool);
  const made = new Dispatcher(store(), aggregates, new PictureSnapshots(service.database.pool), elsewhere.pool, service.service.clock, { waitLimitMs: 10_000 }, { warn: () => {} });
  made.onApplicationBootstrap();
  return made;
}

async function pictureOf(events: readonly LogEvent[], from = new Picture()): Promise<Picture> {
  for (const event of events) from.apply(event);
  from.refreshRules();
  return from;
}

const everything = async (): Promise<LogEvent[]> => (await store().readAll({ after: 0, limit: 100_000 })) as LogEvent[];

/** Reads the log and finds what no reader may ever find. */
async function expectSoundLog(): Promise<{ opened: number; open: number }> {
  const held = new Map<string, string>();
  const open = new Map<string, { gpus: string[]; job: string }>();
  const jobs = new Map<string, string>();
  let opened = 0;
  for (const { type, data, subject } of await everything()) {
    if (type === 'AllocationOpened') {
      opened += 1;
      const gpus = data.placements.flatMap((each) => each.gpus);
      for (const gpu of gpus) expect([gpu, held.get(gpu)]).toEqual([gpu, undefined]);
      expect([subject, jobs.get(subject)]).toEqual([subject, undefined]);
      for (const gpu of gpus) held.set(gpu, data.allocation);
      jobs.set(subject, data.allocation);
      open.set(data.allocation, { gpus, job: subject });
    } else if (type === 'AllocationClosed') {
      const { gpus, job } = open.get(data.allocation) ?? { gpus: [], job: '' };
      expect(job).toBe(subject);
      for (const gpu of gpus) held.delete(gpu);
      jobs.delete(job);
      open.delete(data.allocation);
    }
  }
  return { opened, open: open.size };
}

/** The same numbers for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('two dispatchers', () => {
  it('cannot both decide on one version of a plan', async () => {
    const { tenant, queue } = await cluster.tenant('ada');
    await service.settled();
    const events = await everything();
    const submitted = { ...events[0]!, type: 'JobSubmitted', subject: derivedId('job', 'x'), version: 1, data: { tenant, queue, name: 'x', nodes: 1, gpus_per_node: 1, gpu_milli: 1000, priority: 0, data_class: 'internal' } } as LogEvent;
    await store().append({ commandId: 'x', writes: [{ stream: submitted.subject, expected: 'none', events: [submitted] }], meta: { time: service.now, actor: 'test', correlationId: 'x', causationId: 'x' } });
    // The service's own dispatcher decides; two others had decided the same before they heard of it.
    const decisions = await Promise.all([1, 2].map(async () => {
      const picture = await pictureOf([...events, submitted]);
      return decisionOf(picture, { site: SITE, placements: picture.engine.plan(Date.parse(service.now)).placements }, service.now);
    }));
    await cluster.assignments();
    for (const decision of decisions) {
      const appended = await store().append(decision!.request);
      expect(appended.repeated).toBe(true);
    }
    expect(await expectSoundLog()).toEqual({ opened: 1, open: 1 });
  });

  it('place no GPU and no job twice, whatever happens', async () => {
    const { client } = await cluster.tenant('ada');
    const queues = await Promise.all([0, 1].map(async (priority) => (await cluster.operator.done('/queues', { name: `${priority}`, priority, min_run_s: 0, grace_s: 45 })).id));
    await service.settled();
    rogue = startRogue();
    const random = randomOf(2026);
    const jobs: string[] = [];
    for (let step = 0; step < 25; step++) {
      service.advance(plusSeconds(service.now, 30));
      const items = Array.from({ length: 8 }, (_, n) => ({ idempotency_key: `${step}-${n}`, input: { queue: queues[random() < 0.2 ? 1 : 0], name: `${step}-${n}`, gpus_per_node: 1 + Math.floor(random() * 8), nodes: random() < 0.2 ? 2 : 1, time_limit_s: 600 } }));
      const submitting = client.post<{ items: { id: string }[] }>('/jobs:batch', { items });
      const { body } = await cluster.gateway.get<Awaited<ReturnType<typeof cluster.assignments>>>(`/agent/assignments?site=${SITE}`);
      const reports = body.assignments.filter(() => random() < 0.6).map(({ job, allocation, status, stop_by }) => ({ kind: stop_by !== undefined && random() < 0.7 ? 'stopped' : status === 'placed' ? 'started' : random() < 0.9 ? 'finished' : 'failed', reason: 'exit code 1', job, allocation, at: service.now }));
      const cancelled = jobs.filter(() => random() < 0.03);
      const node = nodes[Math.floor(random() * nodes.length)] ?? nodes[0]!;
      await Promise.all([
        submitting,
        reports.length > 0 ? cluster.report(...reports.map(({ reason, ...report }) => (report.kind === 'failed' ? { ...report, reason } : report))) : undefined,
        ...cancelled.map((job) => client.post(`/jobs/${job}:cancel`, {})),
        random() < 0.2 ? cluster.quarantine(node) : cluster.putInService(node),
      ]);
      jobs.push(...(await submitting).body.items.map(({ id }) => id));
    }
    for (const node of nodes) await cluster.putInService(node);
    await service.settled();
    const { opened, open } = await expectSoundLog();
    expect(opened).toBeGreaterThan(30);
    const happened = new Set((await everything()).map(({ type }) => type));
    for (const type of ['JobPreemptionOrdered', 'JobPreempted', 'JobRequeued']) expect([type, happened.has(type as never)]).toEqual([type, true]);
    expect((await cluster.assignments()).assignments).toHaveLength(open);
  }, 60_000);
});

const eventsOf = async (job: string) => (await store().read(job)).map(({ type, data }) => [type, data] as [string, Record<string, unknown>]);
const namesOf = async (job: string) => (await eventsOf(job)).map(([type]) => type);

describe('what is decided beside placements', () => {
  const of = async (job: string) => (await cluster.assignments()).assignments.find((one) => one.job === job);
  const started = async (job: string) => {
    const placed = await of(job);
    await cluster.report({ kind: 'started', job, allocation: placed?.allocation, at: service.now });
    return placed?.allocation;
  };
  const later = (seconds: number) => service.advance(plusSeconds(service.now, seconds));

  it('is an order to make room, which the job obeys, or is stopped', async () => {
    const { client } = await cluster.tenant('ada');
    const [low, high] = await Promise.all([0, 1].map(async (priority) => (await cluster.operator.done('/queues', { name: `${priority}`, priority, min_run_s: 0, grace_s: 60 })).id));
    await service.settled();
    const { id: victim } = await client.done('/jobs', { queue: low, name: 'victim', nodes: 4, gpus_per_node: 8, time_limit_s: 7200 });
    const allocation = await started(victim);
    later(600);
    const urgent = await client.done('/jobs', { queue: high, name: 'urgent', gpus_per_node: 8 });
    const stop_by = plusSeconds(service.now, 60);
    expect(await of(victim)).toMatchObject({ allocation, status: 'running', stop_by });
    expect((await eventsOf(victim)).at(-1)).toEqual(['JobPreemptionOrdered', { allocation, reason: 'priority', for: urgent.id, stop_by }]);
    await eventually(async () => expect((await client.get(`/jobs/${victim}`)).body).toMatchObject({ status: 'checkpointing', stop_by }));

    later(30);
    const stopped = { kind: 'stopped', job: victim, allocation, at: service.now, checkpoint: 7 };
    expect((await cluster.report(stopped)).results).toEqual([{ status: 'accepted' }]);
    expect((await cluster.report(stopped)).results).toEqual([{ status: 'unchanged' }]);
    expect(await of(urgent.id)).toMatchObject({ status: 'placed' });
    expect((await namesOf(victim)).slice(-4)).toEqual(['JobPreemptionOrdered', 'JobCheckpointed', 'JobPreempted', 'AllocationClosed']);
    await eventually(async () => expect((await client.get(`/jobs/${victim}`)).body).toMatchObject({ status: 'queued', preemptions: 1, requeues: 0, stop_by: null, checkpoints: 7 }));
    expect((await client.get(`/allocations/${allocation}`)).body).toMatchObject({ reason: 'preempted' });

    await client.done(`/jobs/${urgent.id}:cancel`);
    const again = await started(victim);
    later(600);
    await client.done('/jobs', { queue: high, name: 'urgent too', gpus_per_node: 8 });
    expect(await of(victim)).toMatchObject({ stop_by: plusSeconds(service.now, 60) });
    later(61);
    const told = await cluster.assignments();
    expect(told.assignments.map(({ job }) => job)).not.toContain(victim);
    expect((await cluster.report({ kind: 'stopped', job: victim, allocation: again, at: service.now })).results).toMatchObject([{ status: 'refused', problem: { code: 'allocation-closed' } }]);
    expect((await eventsOf(victim)).slice(-2)).toMatchObject([
      ['JobRequeued', { allocation: again, reason: 'it was asked to make room and had not stopped in time' }],
      ['AllocationClosed', { allocation: again, reason: 'requeued' }],
    ]);
    await expectSoundLog();
  }, 30_000);

  it('is a spare node for a gang that has lost one', async () => {
    const { queue, client } = await cluster.tenant('ada');
    await service.settled();
    const { id: job } = await client.done('/jobs', { queue, name: 'gang', nodes: 3, gpus_per_node: 8 });
    const allocation = await started(job);
    const before = await cluster.assignments();
    const lost = before.assignments[0]?.placements[1]?.node ?? '';
    const spare = nodes.find(({ id }) => !before.assignments[0]?.placements.some(({ node }) => node === id));
    later(60);
    await cluster.quarantine({ id: lost as never, gpus: [] });
    const after = await eventually(async () => {
      const told = await cluster.assignments(`site=${SITE}&since=${before.cursor}`);
      expect(told.ended).toEqual([allocation]);
      return told;
    });
    const [next] = after.assignments;
    expect(next).toMatchObject({ job, status: 'placed', name: 'gang', time_limit_s: 3600 });
    expect(next?.placements.map(({ node }) => node)).toEqual(before.assignments[0]?.placements.map(({ node }) => (node === lost ? spare?.id : node)));
    expect((await eventsOf(job)).slice(-3)).toMatchObject([
      ['JobRepaired', { from: allocation, allocation: next?.allocation, replaced: [{ node: lost, by: spare?.id }] }],
      ['AllocationClosed', { allocation, reason: 'repaired', gpu_milli: 24_000 }],
      ['AllocationOpened', { allocation: next?.allocation, opened_at: next?.placed_at, gpu_milli: 24_000 }],
    ]);
    expect((await cluster.report({ kind: 'finished', job, allocation, at: service.now })).results).toMatchObject([{ status: 'refused' }]);
    await cluster.report({ kind: 'started', job, allocation: next?.allocation, at: service.now });
    await eventually(async () => expect((await client.get(`/jobs/${job}`)).body).toMatchObject({ status: 'running', repairs: 1, requeues: 0, allocation: next?.allocation }));
    await expectSoundLog();
  });

  it('is what becomes of jobs on a drained node: asked a grace before the deadline, stopped at it', async () => {
    const { queue, client } = await cluster.tenant('ada');
    await service.settled();
    const jobs = await Promise.all(nodes.map((_, n) => client.done('/jobs', { queue, name: `${n}`, gpus_per_node: 8, time_limit_s: 7200 })));
    for (const { id } of jobs) await started(id);
    const on = async (node: string) => (await cluster.assignments()).assignments.find(({ placements }) => placements[0]?.node === node);
    const [obeys, stays] = [await on(nodes[0]!.id), await on(nodes[1]!.id)];
    const deadline = plusSeconds(service.now, 1800);
    for (const node of nodes.slice(0, 2)) await cluster.drain(node, deadline);
    await service.settled();
    later(1600);
    expect((await cluster.assignments()).assignments.filter(({ stop_by }) => stop_by !== undefined)).toEqual([]);
    later(100);
    const asked = (await cluster.assignments()).assignments.filter(({ stop_by }) => stop_by !== undefined);
    expect(asked).toMatchObject([{ stop_by: deadline }, { stop_by: deadline }]);
    expect(new Set(asked.map(({ job }) => job))).toEqual(new Set([obeys?.job, stays?.job]));
    expect((await cluster.report({ kind: 'stopped', job: obeys?.job, allocation: obeys?.allocation, at: service.now })).results).toEqual([{ status: 'accepted' }]);
    later(100);
    expect((await cluster.assignments()).assignments.map(({ job }) => job).toSorted()).toEqual(jobs.map(({ id }) => id).filter((id) => id !== obeys?.job && id !== stays?.job).toSorted());
    expect((await eventsOf(stays?.job ?? '')).slice(-2)).toMatchObject([['JobRequeued', { reason: 'deadline of the drain: firmware' }], ['AllocationClosed', { reason: 'requeued' }]]);
    expect((await namesOf(obeys?.job ?? '')).at(-2)).toBe('JobPreempted');
  }, 20_000);
});

describe('a restart', () => {
  it('goes on where it was: from the log, from a snapshot and the log after it, and in a new process', async () => {
    const { queue, client } = await cluster.tenant('ada');
    await service.settled();
    for (let n = 0; n < 12; n++) await client.done('/jobs', { queue, name: `${n}`, gpus_per_node: 4, time_limit_s: 600 });
    const before = await cluster.assignments();
    expect(before.assignments).toHaveLength(8);
    const [first] = before.assignments;
    await cluster.report({ kind: 'started', job: first?.job, allocation: first?.allocation, at: service.now });
    await cluster.assignments();

    const events = await everything();
    const whole = await pictureOf(events);
    const half = events.length >> 1;
    const resumed = await pictureOf(events.slice(half), new Picture(JSON.parse(JSON.stringify((await pictureOf(events.slice(0, half))).save())) as never));
    expect({ ...resumed.save(), engine: undefined }).toEqual({ ...whole.save(), engine: undefined });
    const now = Date.parse(plusSeconds(service.now, 60));
    const next = [whole, resumed].map(({ engine }) => {
      engine.finished(first?.job ?? '', now);
      return engine.plan(now).placements;
    });
    expect(next[0]).toHaveLength(1);
    expect(next[1]).toEqual(next[0]);

    await new PictureSnapshots(service.database.pool).save((await pictureOf(events.slice(0, half))).save());
    await service.restart();
    expect((await cluster.assignments()).assignments.map(({ job }) => job).toSorted()).toEqual(before.assignments.map(({ job }) => job).toSorted());
    await cluster.report({ kind: 'finished', job: first?.job, allocation: first?.allocation, at: service.now });
    const after = await cluster.assignments(`site=${SITE}&since=${before.cursor}`);
    expect(after.ended).toEqual([first?.allocation]);
    expect(after.assignments).toMatchObject([{ job: next[0]?.[0]?.job, placements: next[0]?.[0]?.placements }]);
  }, 30_000);

  it('lets another replica take over', async () => {
    const { queue, client } = await cluster.tenant('ada');
    await service.settled();
    // It follows while the service leads, with the same lock.
    const second = new Dispatcher(store(), new AggregateStore(store(), service.database.pool), new PictureSnapshots(service.database.pool), service.database.pool, systemClock, { waitLimitMs: 10_000 }, { warn: () => {} });
    second.onApplicationBootstrap();
    const leader = service.service.app.get(Dispatcher, { strict: false });
    const { id } = await client.done('/jobs', { queue, name: 'one' });
    await cluster.assignments();
    await eventually(async () => expect((await second.picture()).board.notice({ site: SITE }, undefined).assignments).toMatchObject([{ job: id }]));
    await leader.beforeApplicationShutdown();
    const { id: later, position } = await client.done('/jobs', { queue, name: 'two' });
    await eventually(async () => expect((await second.picture(position)).board.notice({ site: SITE }, undefined).assignments).toMatchObject([{ job: id }, { job: later }]));
    await second.beforeApplicationShutdown();
  });
});
