import { plusSeconds } from '@pioche/kernel';
import { eventually } from '@pioche/testing';
import { startForTest, type Client, type ServiceUnderTest } from '@pioche/testing/service';
import { BASE, Cluster, nodeNamed, SITE } from '../../../test/cluster.js';
import { SchedulingModule } from '../../scheduling.module.js';

let service: ServiceUnderTest;
let cluster: Cluster;
const nodes = ['a', 'b'].map((name) => nodeNamed(name));

interface Row {
  readonly position: number;
  readonly job: string;
  readonly estimated_start: string | null;
  readonly reasons: readonly string[];
}
interface Queue {
  readonly items: readonly Row[];
  readonly next_page_token?: string;
}

beforeAll(async () => {
  service = await startForTest(SchedulingModule, { logs: ['inventory', 'sovereignty'] });
  cluster = new Cluster(service);
});
afterAll(async () => service?.stop());

describe('the queue and its questions', () => {
  it('tells who waits for what, and what would be otherwise; a tenant sees of others how many they are', async () => {
    await cluster.adopt('base', BASE);
    for (const node of nodes) await cluster.putInService(node);
    const ada = await cluster.tenant('ada');
    const bob = await cluster.tenant('bob');
    await service.settled();
    const submit = (client: Client, name: string, over: object = {}) => client.done('/jobs', { queue: ada.queue, name, gpus_per_node: 8, ...over });
    const running = [await submit(ada.client, 'one'), await submit(ada.client, 'two')].map(({ id }) => id);
    await cluster.assignments();
    const { id: third } = await submit(ada.client, 'three');
    const { id: fourth } = await submit(bob.client, 'four');
    const queue = async (client: Client, query = ''): Promise<Queue> => (await client.get<Queue>(`/queue?${query}`, { 'pioche-after': `scheduling:${await service.service.store.head()}` })).body;

    const all = await queue(cluster.operator);
    expect(all.items.map(({ position, job }) => [position, job])).toEqual([[1, third], [2, fourth]]);
    expect(all.items.map(({ reasons }) => reasons)).toEqual([['not-enough-gpus'], expect.arrayContaining(['not-enough-gpus'])]);
    expect(all.items[0]?.estimated_start).toMatch(/Z$/);
    expect((await queue(bob.client)).items.map(({ position, job }) => [position, job])).toEqual([[2, fourth]]);
    const first = await queue(cluster.operator, 'page_size=1');
    expect((await queue(cluster.operator, `page_size=1&page_token=${first.next_page_token}`)).items.map(({ job }) => job)).toEqual([fourth]);
    expect((await queue(cluster.operator, `tenant=${ada.tenant}&queue=${ada.queue}&site=${SITE}`)).items.map(({ job }) => job)).toEqual([third]);

    const ask = async (client: Client, body: object) => {
      const { status, body: answer } = await client.post<object>('/what-if', body);
      return { status, answer };
    };
    // Shorter than what is before it, so served first; more important still: somebody makes room.
    const job = { queue: ada.queue, name: 'supposed', gpus_per_node: 8, time_limit_s: 600 };
    expect(await ask(bob.client, { kind: 'job', job })).toMatchObject({ status: 200, answer: { job: { job: null, starts_now: null, reasons: [{ code: 'not-enough-gpus' }] } } });
    const asked = await ask(ada.client, { kind: 'priority', job: third, priority: 5 });
    expect(asked).toMatchObject({ status: 200, answer: { job: { job: third, starts_now: null } } });
    const lifted = await ask(cluster.operator, { kind: 'drain', site: SITE, nodes: [nodes[0]?.id] });
    expect(lifted).toMatchObject({ status: 200, answer: { counts: { evicted: 1 }, evicted: [{ reason: 'drain' }] } });
    expect(await ask(cluster.operator, { kind: 'drain', site: SITE, scalable_unit: 1, deadline: plusSeconds(service.now, 60) })).toMatchObject({ status: 200, answer: { counts: { evicted: 0, leaving: 2 } } });
    expect(await ask(cluster.operator, { kind: 'quota', tenant: ada.tenant, guaranteed_gpus: 0 })).toMatchObject({ status: 200, answer: { counts: { later: expect.any(Number) } } });
    expect(await ask(cluster.operator, { kind: 'power-cap', site: SITE, cap: null })).toMatchObject({ status: 200, answer: { counts: { starts_now: 0 } } });

    expect(await ask(ada.client, { kind: 'priority', job: fourth, priority: 1 })).toMatchObject({ status: 404, answer: { code: 'unknown' } });
    expect(await ask(ada.client, { kind: 'priority', job: running[0], priority: 1 })).toMatchObject({ status: 409, answer: { code: 'job-not-waiting' } });
    expect(await ask(ada.client, { kind: 'quota', tenant: ada.tenant, guaranteed_gpus: 9 })).toMatchObject({ status: 403, answer: { code: 'question-for-operators' } });
    expect(await ask(ada.client, { kind: 'job', job: { ...job, tenant: bob.tenant } })).toMatchObject({ status: 422, answer: { code: 'not-your-tenant' } });
    expect(await ask(cluster.operator, { kind: 'drain', site: SITE })).toMatchObject({ status: 400, answer: { errors: [{ pointer: '/nodes' }] } });
    expect(await ask(cluster.operator, { kind: 'drain', site: SITE, rack: 'rack_01h2xcejqtf2nbrexx3vqjhp00' })).toMatchObject({ status: 404, answer: { code: 'node-unknown' } });
    expect(await ask(cluster.operator, { kind: 'weather' })).toMatchObject({ status: 400, answer: { errors: [{ pointer: '/kind' }] } });

    // Nothing of all this has changed anything.
    await eventually(async () => expect((await queue(cluster.operator)).items.map(({ job: id }) => id)).toEqual([third, fourth]));
    const { body: why } = await bob.client.get<{ reasons: { text: string }[] }>(`/jobs/${fourth}/why`);
    expect(JSON.stringify(why)).not.toContain(third);
  });
});
