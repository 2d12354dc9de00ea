import { derivedId, plusSeconds } from '@pioche/kernel';
import { describeBadInput, startForTest, type ServiceUnderTest } from '@pioche/testing/service';
import { Cluster, MODEL, nodeNamed, SITE } from '../test/cluster.js';
import { SchedulingModule } from './scheduling.module.js';
import { sitePlanIdOf } from './site-plan/site-plan.commands.js';

let service: ServiceUnderTest;
let cluster: Cluster;
const tenant = derivedId('tenant', 'ada');
const queue = derivedId('queue', 'batch');
const allocation = derivedId('allocation', 'none');
const submission = { queue, name: 'train', nodes: 2, gpus_per_node: 8, gpu_milli: 1000, priority: 0, time_limit_s: 3600, data_class: 'internal', site: SITE };
const plan = { params: { id: sitePlanIdOf(SITE) } };
const nodes = ['a', 'b'].map((name) => nodeNamed(name));

beforeAll(async () => {
  service = await startForTest(SchedulingModule, { logs: ['inventory', 'sovereignty'] });
  cluster = new Cluster(service);
  await cluster.register('ada');
  for (const node of nodes) await cluster.putInService(node);
  await service.settled();
});
afterAll(async () => service?.stop());

describeBadInput(() => service, {
  '/quotas': { body: { tenant, guaranteed_gpus: 8, borrowable_gpus: 8, weight: 1 } },
  '/quotas/{id}:change': async () => {
    const { id } = await cluster.operator.done('/quotas', { tenant: derivedId('tenant', 'bob'), guaranteed_gpus: 8 });
    return { params: { id }, body: { guaranteed_gpus: 16, borrowable_gpus: 8, weight: 2 } };
  },
  '/queues': { body: { name: 'training', priority: 1, default_time_limit_s: 60, min_run_s: 600, grace_s: 120 } },
  '/jobs': async () => ({ body: { ...submission, topology: { required: 'unit', preferred: 'unit' }, deadline: plusSeconds(service.now, 7200), preemptible: false }, as: cluster.member(tenant) }),
  '/site-plans/{id}:reserveNodes': async () => ({
    ...plan,
    body: { name: 'firmware', tenant, nodes: [nodes[0]?.id], from: plusSeconds(service.now, 60), to: plusSeconds(service.now, 3600) },
  }),
  '/site-plans/{id}:endReservation': async () => {
    const { events } = await cluster.operator.done(`/site-plans/${plan.params.id}:reserveNodes`, { name: 'soon over', nodes: [nodes[1]?.id], to: plusSeconds(service.now, 3600) });
    return { ...plan, body: { reservation: events[0]?.data['reservation'] } };
  },
  '/site-plans/{id}:setPowerCap': { ...plan, body: { max_watts: 700_000, gpu_watts: [{ gpu_model: MODEL, watts: 700 }] } },
  '/site-plans/{id}:liftPowerCap': { ...plan, body: {} },
  '/jobs:batch': async () => ({ body: { items: [{ idempotency_key: 'one', input: submission }] }, as: cluster.member(tenant) }),
  '/jobs/{id}:cancel': async () => {
    const { id } = await cluster.member(tenant).done('/jobs', submission);
    return { params: { id }, body: {} };
  },
  '/what-if': async () => ({ body: { kind: 'job', job: submission }, as: cluster.member(tenant) }),
  '/agent/reports': async () => ({
    body: { reports: [{ kind: 'stopped', job: derivedId('job', 'none'), allocation, at: service.now, checkpoint: 1 }] },
    as: cluster.gateway,
  }),
});

describe('a submission of a MIG instance', () => {
  it('is refused where the shape contradicts the profile, field by field', async () => {
    const { status, body } = await cluster.member(tenant).post('/jobs', { ...submission, mig_profile: '3g.40gb' });
    expect([status, body.code, body.errors?.map(({ pointer }) => pointer)]).toEqual([400, 'validation-failed', ['/nodes', '/gpus_per_node', '/gpu_milli']]);
    expect(body.errors?.[2]?.reason).toContain('ask for gpu_milli 500');
  });
});

describe('a reservation', () => {
  it('of a node that is reserved already, or in the past, is refused', async () => {
    const path = `/site-plans/${plan.params.id}:reserveNodes`;
    const asked = { name: 'again', nodes: [nodes[0]?.id], to: plusSeconds(service.now, 3600) };
    const codeOf = async (body: object) => {
      const answer = await cluster.operator.post(path, body);
      return [answer.status, answer.body.code];
    };
    expect(await codeOf(asked)).toEqual([409, 'reservation-overlaps']);
    expect(await codeOf({ ...asked, from: plusSeconds(service.now, -60) })).toEqual([422, 'reservation-in-the-past']);
    expect(await codeOf({ ...asked, nodes: [derivedId('node', 'stranger')] })).toEqual([404, 'node-unknown']);
    expect((await cluster.member(tenant).post(path, asked)).status).toBe(403);
  });
});

describe('a submission', () => {
  it('is refused field by field, and in a batch only the bad one is', async () => {
    const client = cluster.member(tenant);
    const { status, body } = await client.post('/jobs', { ...submission, nodes: 2, gpu_milli: 500 });
    expect([status, body.code, body.errors?.map(({ pointer }) => pointer)]).toEqual([400, 'validation-failed', ['/nodes', '/gpus_per_node']]);
    const batch = await client.post<{ items: { status: number; problem?: { code: string } }[] }>('/jobs:batch', {
      items: [{ idempotency_key: 'a', input: submission }, { idempotency_key: 'b', input: { ...submission, nodes: 0 } }],
    });
    expect(batch.body.items).toMatchObject([{ status: 201 }, { status: 400, problem: { code: 'validation-failed' } }]);
  });

  it('is for no other tenant, and for nobody without one', async () => {
    expect((await cluster.member(tenant).post('/jobs', { ...submission, tenant: derivedId('tenant', 'bob') })).status).toBe(404);
    expect((await cluster.operator.post('/jobs', submission)).status).toBe(403);
  });
});
