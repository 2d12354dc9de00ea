import { derivedId } from '@pioche/kernel';
import { describeBadInput, startForTest, type ServiceUnderTest } from '@pioche/testing/service';
import { Cluster, SITE } from '../test/cluster.js';
import { SchedulingModule } from './scheduling.module.js';

let service: ServiceUnderTest;
let cluster: Cluster;
const tenant = derivedId('tenant', 'ada');
const queue = derivedId('queue', 'batch');
const allocation = derivedId('allocation', 'none');
const submission = { queue, name: 'train', nodes: 2, gpus_per_node: 8, gpu_milli: 1000, priority: 0, time_limit_s: 3600, data_class: 'internal', site: SITE };

beforeAll(async () => {
  service = await startForTest(SchedulingModule, { logs: ['inventory', 'sovereignty'] });
  cluster = new Cluster(service);
});
afterAll(async () => service?.stop());

describeBadInput(() => service, {
  '/quotas': { body: { tenant, guaranteed_gpus: 8, borrowable_gpus: 8, weight: 1 } },
  '/quotas/{id}:change': async () => {
    const { id } = await cluster.operator.done('/quotas', { tenant: derivedId('tenant', 'bob'), guaranteed_gpus: 8 });
    return { params: { id }, body: { guaranteed_gpus: 16, borrowable_gpus: 8, weight: 2 } };
  },
  '/queues': { body: { name: 'training', priority: 1, default_time_limit_s: 60 } },
  '/jobs': async () => ({ body: submission, as: cluster.member(tenant) }),
  '/jobs:batch': async () => ({ body: { items: [{ idempotency_key: 'one', input: submission }] }, as: cluster.member(tenant) }),
  '/jobs/{id}:cancel': async () => {
    const { id } = await cluster.member(tenant).done('/jobs', submission);
    return { params: { id }, body: {} };
  },
  '/agent/reports': async () => ({
    body: { reports: [{ kind: 'started', job: derivedId('job', 'none'), allocation, at: service.now }] },
    as: cluster.gateway,
  }),
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
