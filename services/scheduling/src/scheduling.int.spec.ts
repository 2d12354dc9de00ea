import { derivedId, plusSeconds } from '@pioche/kernel';
import { eventually } from '@pioche/testing';
import { startForTest, type ServiceUnderTest } from '@pioche/testing/service';
import { BASE, Cluster, MODEL, nodeNamed, SITE } from '../test/cluster.js';
import { SchedulingModule } from './scheduling.module.js';
import { sitePlanIdOf } from './site-plan/site-plan.commands.js';

let service: ServiceUnderTest;
let cluster: Cluster;
const nodes = ['a', 'b', 'c'].map((name) => nodeNamed(name));
const [a, b] = nodes as [ReturnType<typeof nodeNamed>, ReturnType<typeof nodeNamed>];

beforeEach(async () => {
  service = await startForTest(SchedulingModule, { logs: ['inventory', 'sovereignty'] });
  cluster = new Cluster(service);
});
afterEach(async () => service?.stop());

const open = async () => {
  await cluster.adopt('base', BASE);
  for (const node of nodes) await cluster.putInService(node);
  const made = await cluster.tenant('ada');
  await service.settled();
  return made;
};

const statusOf = async (job: string) => (await cluster.operator.get<{ status: string }>(`/jobs/${job}`)).body.status;

describe('the life of a job', () => {
  it('goes from its submission by the agents to its end, and is counted', async () => {
    const { tenant, queue, client } = await open();
    const { id: job } = await client.done('/jobs', { queue, name: 'train', nodes: 2, gpus_per_node: 8 });
    const first = await cluster.assignments();
    expect(first).toMatchObject({ complete: true, ended: [], fences: [], assignments: [{ job, tenant, name: 'train', status: 'placed', time_limit_s: 3600 }] });
    const placed = first.assignments[0];
    const allocation = placed?.allocation;
    expect(placed?.placements.map(({ gpus }) => gpus.length)).toEqual([8, 8]);

    service.advance(plusSeconds(service.now, 60));
    const at = plusSeconds(service.now, -30);
    const started = { kind: 'started', job, allocation, at };
    expect(await cluster.report(started, { kind: 'checkpointed', job, allocation, at })).toMatchObject({ results: [{ status: 'accepted' }, { status: 'accepted' }] });
    expect((await cluster.report(started)).results).toEqual([{ status: 'unchanged' }]);
    expect(await cluster.assignments(`site=${SITE}&since=${first.cursor}`)).toMatchObject({ complete: false, ended: [], assignments: [{ allocation, status: 'running', started_at: at }] });

    const { position } = await cluster.report({ kind: 'finished', job, allocation, at: service.now });
    const { body } = await cluster.gateway.get(`/agent/assignments?site=${SITE}&since=${first.cursor}`, { 'pioche-after': `scheduling:${position}` });
    expect(body).toMatchObject({ assignments: [], ended: [allocation] });
    await service.settled();
    expect((await client.get(`/jobs/${job}`)).body).toMatchObject({ status: 'succeeded', checkpoints: 1, permit: { rules: ['placement-baseline'] } });
    expect((await client.get(`/allocations/${allocation}`)).body).toMatchObject({ reason: 'succeeded', gpu_milli: 16_000 });
    const { body: totals } = await cluster.operator.get(`/totals?until=${plusSeconds(service.now, 3600)}`);
    expect(totals).toMatchObject({ jobs: { succeeded: 1 }, allocated_gpu_milli_ms: String(16_000 * 60_000), by_tenant: [{ tenant, allocations: 1 }] });
    expect((await cluster.operator.get(`/totals?until=${plusSeconds(service.now, -50)}`)).body).toMatchObject({ allocated_gpu_milli_ms: String(16_000 * 10_000) });
  });

  it('ends when its owner cancels it, waiting or running, and its GPUs go to others', async () => {
    const { queue, client } = await open();
    const submit = (name: string) => client.done('/jobs', { queue, name, nodes: 3, gpus_per_node: 8 });
    const [first, second, third] = [await submit('1'), await submit('2'), await submit('3')];
    await client.done(`/jobs/${second.id}:cancel`);
    const before = await cluster.assignments();
    expect(before.assignments.map(({ job }) => job)).toEqual([first.id]);
    await cluster.operator.done(`/jobs/${first.id}:cancel`);
    const after = await cluster.assignments(`site=${SITE}&since=${before.cursor}`);
    expect(after).toMatchObject({ ended: [before.assignments[0]?.allocation], assignments: [{ job: third.id }] });
  });
});

describe('nodes', () => {
  it('come from the inventory, and go', async () => {
    await open();
    const of = async (status: string) => (await cluster.operator.get<{ items: { node: string }[] }>(`/site-plans/${SITE}/nodes?status=${status}&page_size=1000`)).body.items.map(({ node }) => node);
    expect((await of('open')).toSorted()).toEqual(nodes.map(({ id }) => id).toSorted());
    await cluster.drain(a);
    await cluster.quarantine(b);
    await service.settled();
    expect([await of('cordoned'), await of('withdrawn')]).toEqual([[a.id], [b.id]]);
    expect((await cluster.operator.get(`/site-plans/${SITE}`)).body).toMatchObject({ nodes: { open: 1, cordoned: 1, withdrawn: 1 }, gpus: 8, barred: [] });
    await cluster.putInService(a);
    await service.settled();
    expect(await of('cordoned')).toEqual([]);
  });

  it('send their jobs back to the queue when they are quarantined, and take others when they have other GPUs', async () => {
    const { queue, client } = await open();
    const jobs = await Promise.all(nodes.map((_, n) => client.done('/jobs', { queue, name: `${n}`, gpus_per_node: 8 })));
    const before = await cluster.assignments();
    expect(before.assignments).toHaveLength(3);
    const lost = before.assignments.find(({ placements }) => placements[0]?.node === b.id);
    await cluster.quarantine(b);
    await eventually(async () => expect((await client.get(`/jobs/${lost?.job}`)).body).toMatchObject({ status: 'queued', requeues: 1, reason: 'its node is out: XID 79 on GPU 3' }));
    expect(await cluster.assignments(`site=${SITE}&since=${before.cursor}`)).toMatchObject({ ended: [lost?.allocation], assignments: [] });
    expect((await cluster.report({ kind: 'finished', job: lost?.job, allocation: lost?.allocation, at: service.now })).results).toMatchObject([{ status: 'refused', problem: { code: 'allocation-closed' } }]);

    await cluster.putInService({ id: b.id, gpus: nodeNamed('b2').gpus });
    await eventually(async () => expect((await cluster.assignments()).assignments.map(({ job }) => job).toSorted()).toEqual(jobs.map(({ id }) => id).toSorted()));
  });

  it('that drain keep their jobs until the deadline, and then send them back to the queue', async () => {
    const { queue, client } = await open();
    const jobs = await Promise.all(nodes.map((_, n) => client.done('/jobs', { queue, name: `drained ${n}`, gpus_per_node: 8 })));
    const before = await cluster.assignments();
    const stays = before.assignments.find(({ placements }) => placements[0]?.node === a.id);
    expect(jobs.map(({ id }) => id)).toContain(stays?.job);
    await cluster.drain(a, plusSeconds(service.now, 1_800));
    await service.settled();
    expect(await statusOf(stays?.job ?? '')).not.toBe('queued');
    service.advance(plusSeconds(service.now, 3_600));
    await eventually(async () => expect((await client.get(`/jobs/${stays?.job}`)).body).toMatchObject({ status: 'queued', requeues: 1, reason: 'deadline of the drain: firmware' }));
    expect(await cluster.assignments(`site=${SITE}&since=${before.cursor}`)).toMatchObject({ ended: [stays?.allocation] });
  });
});

describe('the plan of a site', () => {
  const plan = `/site-plans/${sitePlanIdOf(SITE)}`;

  it('keeps nodes for a tenant, or for maintenance, until that is over', async () => {
    const { tenant, queue, client } = await open();
    const other = await cluster.tenant('bob');
    await service.settled();
    const to = plusSeconds(service.now, 3600);
    const { events } = await cluster.operator.done(`${plan}:reserveNodes`, { name: 'promised', tenant, nodes: [a.id, b.id], to });
    const { reservation } = events[0]?.data ?? {};
    await cluster.operator.done(`${plan}:reserveNodes`, { name: 'firmware', nodes: nodes.slice(2).map(({ id }) => id), to });
    const theirs = await other.client.done('/jobs', { queue: other.queue, name: 'theirs', gpus_per_node: 8 });
    const mine = await client.done('/jobs', { queue, name: 'mine', gpus_per_node: 8, nodes: 2 });
    expect((await cluster.assignments()).assignments.map(({ job }) => job)).toEqual([mine.id]);
    const listed = async (query = '') => (await cluster.operator.get<{ items: { name: string }[] }>(`/site-plans/${SITE}/reservations${query}`)).body.items;
    expect(await listed(`?tenant=${tenant}`)).toMatchObject([{ reservation, name: 'promised', tenant, nodes: [a.id, b.id], from: service.now, to }]);
    expect((await cluster.operator.get(`/site-plans/${SITE}`)).body).toMatchObject({ reservations: 2, power_cap: null });

    await client.done(`/jobs/${mine.id}:cancel`);
    await cluster.operator.done(`${plan}:endReservation`, { reservation });
    await eventually(async () => expect(await statusOf(theirs.id)).toBe('placed'));
    expect((await listed()).map(({ name }) => name)).toEqual(['firmware']);
    service.advance(plusSeconds(to, 1));
    expect(await listed()).toEqual([]);
    const full = await client.done('/jobs', { queue, name: 'full', gpus_per_node: 8, nodes: 2 });
    expect((await cluster.assignments()).assignments.map(({ job }) => job)).toContain(full.id);
  });

  it('lets jobs draw no more than its power cap', async () => {
    const { queue, client } = await open();
    await service.settled();
    await cluster.operator.done(`${plan}:setPowerCap`, { max_watts: 8 * 700, gpu_watts: [{ gpu_model: MODEL, watts: 700 }] });
    const [first, second] = [await client.done('/jobs', { queue, name: '1', gpus_per_node: 8 }), await client.done('/jobs', { queue, name: '2', gpus_per_node: 8 })];
    expect((await cluster.assignments()).assignments.map(({ job }) => job)).toEqual([first.id]);
    expect((await cluster.operator.get(`/site-plans/${SITE}`)).body).toMatchObject({ power_cap: { max_watts: 5600, gpu_watts: [{ gpu_model: MODEL, watts: 700 }] } });
    await cluster.operator.done(`${plan}:liftPowerCap`);
    await eventually(async () => expect(await statusOf(second.id)).toBe('placed'));
    expect((await cluster.operator.get(`/site-plans/${SITE}`)).body).toMatchObject({ power_cap: null });
  });

  it('cuts GPUs into MIG instances, which agents and readers see', async () => {
    const { queue, client } = await open();
    const jobs = await Promise.all(['3g.40gb', '2g.20gb', '1g.10gb'].map((mig_profile) => client.done('/jobs', { queue, name: mig_profile, mig_profile })));
    const { assignments } = await cluster.assignments();
    const shares = jobs.map(({ id }) => assignments.find(({ job }) => job === id)?.placements[0]);
    expect(new Set(shares.map((share) => share?.gpus[0])).size).toBe(1);
    expect(new Set(shares.map((share) => share?.mig_start)).size).toBe(3);
    expect((await client.get(`/jobs/${jobs[0]?.id}`)).body).toMatchObject({ mig_profile: '3g.40gb', gpu_milli: 500, preemptible: true, preemptions: 0, repairs: 0, stop_by: null });
    expect((await client.get<{ items: object[] }>(`/allocations?job=${jobs[1]?.id}`)).body.items).toMatchObject([{ gpu_milli: 250, placements: [{ mig_start: shares[1]?.mig_start }] }]);
  });
});

describe('rules', () => {
  it('keep what must stay in France there, and say so; they hold for a site that comes later too', async () => {
    const german = derivedId('site', 'frankfurt');
    const { tenant, queue, client } = await cluster.tenant('santé');
    await cluster.adopt('base', BASE);
    await cluster.adopt('france', `@id("france-only")\n@reason("The work stays in France.")\nforbid (principal == Tenant::"${tenant}", action, resource) unless { resource.country == "FR" };`);
    await service.settled();
    await cluster.putInService(nodeNamed('f'), { site: german, country: 'DE' });
    await service.settled();
    const { id: job } = await client.done('/jobs', { queue, name: 'patients' });
    expect((await cluster.assignments(`site=${german}`)).assignments).toEqual([]);
    const { body: why } = await client.get<{ status: string; reasons: { code: string; details: unknown }[] }>(`/jobs/${job}/why`);
    expect(why).toMatchObject({ status: 'queued', estimated_start: null, reasons: [{ code: 'no-permit', details: { refusals: [{ site: german, rules: ['france-only'] }] } }] });
    expect((await cluster.operator.get<{ policies: unknown[] }>(`/site-plans/${german}`)).body.policies).toHaveLength(2);

    await cluster.putInService(a);
    await eventually(async () => expect((await cluster.assignments()).assignments).toMatchObject([{ job, placements: [{ node: a.id }] }]));
  });

  it('say when it is the quota', async () => {
    const { tenant, queue, client } = await open();
    const { id: job } = await client.done('/jobs', { queue, name: 'small', gpus_per_node: 4 });
    const quota = (await client.get<{ items: { quota: string }[] }>('/quotas')).body.items[0]?.quota;
    await cluster.operator.done(`/quotas/${quota}:change`, { guaranteed_gpus: 5 });
    const { id: waits } = await client.done('/jobs', { queue, name: 'second', gpus_per_node: 4 });
    const { body } = await client.get(`/jobs/${waits}/why`);
    expect(body).toMatchObject({ reasons: [{ code: 'quota', details: { tenant, in_use_gpus: 4, allowed_gpus: 5, asked_gpus: 4 } }], estimated_start: plusSeconds(service.now, 3600) });
    expect((await client.get(`/jobs/${job}/why`)).body).toMatchObject({ status: 'placed', reasons: [], estimated_start: null });
  });
});

describe('a switch', () => {
  it('that is off stops the tenant everywhere, and is done when every node has said so; nothing else is touched', async () => {
    const { tenant, queue, client } = await open();
    const other = await cluster.tenant('bob');
    const mine = await client.done('/jobs', { queue, name: 'mine', gpus_per_node: 8 });
    const theirs = await other.client.done('/jobs', { queue: other.queue, name: 'theirs' });
    await eventually(async () => expect((await cluster.assignments()).assignments).toHaveLength(2));
    await cluster.turn(tenant, 'Off', 'off');
    await eventually(async () => expect(await statusOf(mine.id)).toBe('fenced'));
    const waiting = await client.done('/jobs', { queue, name: 'later' });
    const told = await cluster.assignments();
    expect(told.assignments.map(({ job }) => job)).toEqual([theirs.id]);
    expect(told.fences).toMatchObject([{ tenant, nodes: expect.arrayContaining(nodes.map(({ id }) => id)) }]);
    expect((await client.get(`/jobs/${waiting.id}/why`)).body).toMatchObject({ reasons: [{ code: 'tenant-barred' }] });
    expect((await cluster.operator.get(`/site-plans/${SITE}`)).body).toMatchObject({ barred: [tenant] });

    const fence = told.fences[0]?.fence ?? '';
    service.advance(plusSeconds(service.now, 20));
    const said = nodes.map(({ id }) => ({ kind: 'fence_acknowledged', fence, node: id, at: service.now }));
    expect((await cluster.report(...said)).results.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted']);
    expect((await service.service.store.read(fence)).at(-1)).toMatchObject({ type: 'FenceCompleted', data: { tenant, nodes: 3 }, time: service.now });
    expect((await cluster.assignments()).fences).toEqual([]);

    await cluster.turn(tenant, 'On', 'on');
    await eventually(async () => expect(await statusOf(waiting.id)).toBe('placed'));
  });

  it('that was off before there was any site holds for the first one', async () => {
    const { tenant, queue, client } = await cluster.tenant('ada');
    await cluster.adopt('base', BASE);
    await cluster.turn(tenant, 'Off', 'off');
    await service.settled();
    const { id } = await client.done('/jobs', { queue, name: 'barred' });
    await cluster.putInService(a);
    await service.settled();
    expect((await client.get(`/jobs/${id}/why`)).body).toMatchObject({ reasons: [{ code: 'tenant-barred' }] });
    await cluster.turn(tenant, 'On', 'on');
    await eventually(async () => expect(await statusOf(id)).toBe('placed'));
  });
});

describe('who may see and say what', () => {
  it('a tenant sees its own jobs only', async () => {
    const { tenant, queue, client } = await open();
    const other = cluster.member(derivedId('tenant', 'bob'));
    const { id } = await client.done('/jobs', { queue, name: 'secret' });
    const { assignments: [placed] } = await cluster.assignments();
    await service.settled();
    for (const path of [`/jobs/${id}`, `/jobs/${id}/why`, `/allocations/${placed?.allocation}`]) {
      expect([path, (await client.get(path)).status, (await other.get(path)).status]).toEqual([path, 200, 404]);
    }
    for (const path of ['/jobs', '/allocations', '/quotas']) {
      expect([path, (await client.get<{ items: unknown[] }>(path)).body.items.length, (await other.get<{ items: unknown[] }>(path)).body.items]).toEqual([path, 1, []]);
    }
    expect((await other.get<{ items: unknown[] }>(`/jobs?tenant=${tenant}`)).body.items).toEqual([]);
    expect((await other.post(`/jobs/${id}:cancel`, {})).status).toBe(404);
    for (const path of ['/totals', `/site-plans/${SITE}`, `/agent/assignments?site=${SITE}`]) expect([path, (await client.get(path)).status]).toEqual([path, 403]);
  });

  it('a node speaks for itself, and not of the future', async () => {
    const { queue, client } = await open();
    const { id: job } = await client.done('/jobs', { queue, name: 'job' });
    const { assignments: [placed] } = await cluster.assignments();
    const at = nodes.find(({ id }) => id === placed?.placements[0]?.node) ?? a;
    const elsewhere = nodes.find(({ id }) => id !== at.id) ?? b;
    const nodeClient = (node: string) => service.as({ subject: `node:${node}`, role: 'node' });
    expect((await cluster.assignments('', nodeClient(at.id))).assignments).toHaveLength(1);
    expect((await cluster.assignments('', nodeClient(elsewhere.id))).assignments).toEqual([]);
    const started = { kind: 'started', job, allocation: placed?.allocation, at: service.now };
    const said = async (node: string, report: object) => (await nodeClient(node).post('/agent/reports', { reports: [report] })).body;
    expect(await said(elsewhere.id, started)).toMatchObject({ results: [{ status: 'refused', problem: { code: 'not-on-this-node' } }] });
    expect(await said(at.id, { ...started, at: plusSeconds(service.now, 1) })).toMatchObject({ results: [{ status: 'refused', problem: { code: 'report-from-the-future' } }] });
    expect(await said(at.id, started)).toMatchObject({ results: [{ status: 'accepted' }] });
    expect((await service.as({ subject: 'somebody', role: 'node' }).post('/agent/reports', { reports: [started] })).status).toBe(403);
  });
});
