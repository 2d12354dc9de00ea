/** From decider to HTTP, on the real service. */
import { eventually, NOW } from '@pioche/testing';
import { commissioned, openWorld, planOf, type Page, type ShownNode, type World } from '../test/world.js';
import { plusHours } from './node/life.js';

describe('the inventory', () => {
  let world: World;
  let superpod: string;
  let nodes: readonly ShownNode[];
  const operator = () => world.service.as('operator');
  const gateway = () => world.service.as({ subject: `gateway:${world.site}`, role: 'node' });
  const get = async <T>(path: string) => (await operator().get<T>(path)).body;
  const nodeOf = (at: number): ShownNode => {
    const node = nodes[at];
    if (node === undefined) throw new Error(`there is no node ${at}`);
    return node;
  };
  interface Detail extends ShownNode { readonly allowed: readonly string[]; readonly open_alerts: readonly { readonly alert: string; readonly code: string }[] }
  const detail = (at: number, asOf?: string) => get<Detail>(`/nodes/${nodeOf(at).node}${asOf === undefined ? '' : `?as_of=${asOf}`}`);
  const observe = (at: number, content: string, kind = 'kernel_log') =>
    gateway().post('/agent/observations', { node: nodeOf(at).node, observed_at: world.service.now, kind, content });
  const xid = (code: number) => `NVRM: Xid (PCI:0000:1b:00): ${code}, pid=1, name=python, as the driver says\n`;
  const statusBecomes = (at: number, status: string) => eventually(async () => expect((await detail(at)).status).toBe(status));

  beforeAll(async () => {
    world = await openWorld();
    superpod = await commissioned(world, 'p1', 1);
    nodes = (await get<Page<ShownNode>>(`/nodes?superpod=${superpod}&page_size=1000`)).items;
  });
  afterAll(() => world?.service.stop());

  it('is built from one plan, and can be counted', async () => {
    expect(nodes).toHaveLength(31);
    expect(nodes.every(({ status, gpus }) => status === 'in_service' && gpus.length === 8)).toBe(true);
    const { items: racks } = await get<Page<{ rack: string; fits: number; units_free: number }>>(`/racks?superpod=${superpod}`);
    expect(racks).toHaveLength(10);
    const { rows } = await world.service.database.pool.query<{ kind: string; count: number }>('SELECT kind, count(*)::int FROM part_view GROUP BY kind ORDER BY kind');
    expect(Object.fromEntries(rows.map(({ kind, count }) => [kind, count]))).toEqual({ cable: 508, gpu: 248, leaf_switch: 8, spine_switch: 4, ufm_appliance: 2 });
  });

  it('says what it can do, for programs', async () => {
    const { paths } = await get<{ paths: object }>('/openapi.json');
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/sites', '/racks/{id}', '/nodes/{id}', '/parts/{serial}/history', '/capacity', '/alerts', '/agent/observations']));
  });

  it('pages through nodes by name, and filters them', async () => {
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const page: Page<ShownNode> = await get(`/nodes?site=${world.site}&page_size=7${token === undefined ? '' : `&page_token=${token}`}`);
      seen.push(...page.items.map(({ name }) => name));
      token = page.next_page_token;
    } while (token !== undefined);
    expect(seen).toEqual(nodes.map(({ name }) => name).toSorted());
    expect((await get<Page<ShownNode>>('/nodes?status=retired')).items).toEqual([]);
    expect(nodes[0]).toMatchObject({ name: 'p1-su1-n01', scalable_unit: 1, rank: 0, model: 'DGX H100', unit: 1, gpus: expect.arrayContaining([expect.objectContaining({ index: 7, rail: 7, model: 'NVIDIA H100 80GB HBM3' })]) });
  });

  it('shows the elevation of a rack', async () => {
    const rack = await get<{ contents: { id: string; unit: number; status?: string; kind: string }[] }>(`/racks/${nodeOf(0).rack}`);
    expect(rack).toMatchObject({ name: 'p1-r01', units: 48, max_kw: 40.8, kw_free: 0, units_free: 16, fits: 0, conflicts: [] });
    expect(rack.contents.map(({ unit, status }) => [unit, status])).toEqual([1, 9, 17, 25].map((unit) => [unit, 'in_service']));
    const fabric = (await get<Page<{ rack: string; name: string }>>(`/racks?superpod=${superpod}`)).items.find(({ name }) => name === 'p1-f01');
    const { contents } = await get<{ contents: { kind: string; name?: string }[] }>(`/racks/${fabric?.rack}`);
    expect(contents.map(({ kind }) => kind)).toEqual([...Array.from({ length: 8 }, () => 'leaf_switch'), 'ufm_appliance', 'ufm_appliance']);
    expect(contents[3]?.name).toBe('p1-su1-leaf3');
  });

  it('tells capacity, now and before it was there', async () => {
    const { items } = await get<{ items: object[] }>(`/capacity?site=${world.site}`);
    expect(items).toMatchObject([{ in_service: { nodes: 31, gpus: 248 }, plan: [{ nodes: 31, gpus: 248 }], halls: [{ kw_free: 1592 }] }]);
    expect((await get<{ items: object[] }>(`/capacity?as_of=${plusHours(NOW, -1)}`)).items).toEqual([]);
  });

  it('knows where a GPU has ever been', async () => {
    const [gpu] = nodeOf(1).gpus;
    const { items } = await get<{ items: object[] }>(`/parts/${gpu?.serial}/history`);
    expect(items).toMatchObject([{ kind: 'gpu', at: { host: nodeOf(1).node, slot: 'GPU_SXM_1' }, history: [{ what: 'registered' }, { what: 'installed' }] }]);
    expect((await operator().get(`/parts/${gpu?.serial}/history?as_of=${plusHours(NOW, -1)}`)).status).toBe(404);
  });

  it('a GPU that fell off the bus takes its node out, and queries show it; repair brings it back', async () => {
    world.service.advance(plusHours(NOW, 1));
    const { status, body } = await observe(3, xid(79));
    expect([status, body]).toMatchObject([200, { opened: [{ code: 'xid_79', class: 'prevents_allocation', named: '0000:1b:00' }], closed: [] }]);
    await statusBecomes(3, 'quarantined');
    const out = await detail(3);
    expect(out).toMatchObject({ since: plusHours(NOW, 1), due: plusHours(NOW, 25), open_alerts: [{ code: 'xid_79' }], allowed: ['startRepair', 'decommission'] });
    await world.service.settled();
    expect((await get<Page<ShownNode>>('/nodes?status=quarantined')).items.map(({ node }) => node)).toEqual([nodeOf(3).node]);
    expect((await get<Page<object>>(`/alerts?site=${world.site}&class=prevents_allocation`)).items).toMatchObject([{ code: 'xid_79', node: nodeOf(3).node }]);
    expect((await get<{ items: object[] }>('/capacity')).items).toMatchObject([{ in_service: { nodes: 30 }, by_status: { quarantined: 1 } }]);

    world.service.advance(plusHours(NOW, 4));
    const url = `/nodes/${nodeOf(3).node}`;
    await operator().done(`${url}:startRepair`, {}, { match: out.version });
    const replaced = nodeOf(3).gpus.map(({ index, model, serial, memory_gib, rail, leaf }) => ({ index, model, serial: index === 0 ? 'NEW-0' : serial, memory_gib, rail, leaf }));
    await operator().done(`${url}:startBurnIn`, { hours: 2, gpus: replaced });
    expect((await operator().post(`${url}:putInService`, {})).body).toMatchObject({ code: 'burn-in-not-over', details: { ends_at: plusHours(NOW, 6) } });
    world.service.advance(plusHours(NOW, 6));
    await operator().done(`${url}:putInService`);
    await world.service.settled();
    const back = await detail(3);
    expect(back).toMatchObject({ status: 'in_service', open_alerts: [], gpus: expect.arrayContaining([expect.objectContaining({ serial: 'NEW-0' })]) });
    const old = await get<{ items: { at?: object; history: { what: string }[] }[] }>(`/parts/${nodeOf(3).gpus[0]?.serial}/history`);
    expect([old.items[0]?.at, old.items[0]?.history.at(-1)?.what]).toEqual([undefined, 'removed']);
  });

  it('answers what was true before, between and after', async () => {
    const at = (hours: number) => plusHours(NOW, hours);
    expect(await detail(3, at(0.5))).toMatchObject({ status: 'in_service', open_alerts: [], gpus: nodeOf(3).gpus });
    expect(await detail(3, at(2))).toMatchObject({ status: 'quarantined', since: at(1), open_alerts: [{ code: 'xid_79' }] });
    const listed = await get<Page<ShownNode>>(`/nodes?status=quarantined&as_of=${at(2)}`);
    expect(listed.items).toMatchObject([{ node: nodeOf(3).node, status: 'quarantined', gpus: nodeOf(3).gpus }]);
    expect((await get<Page<ShownNode>>(`/nodes?status=quarantined&as_of=${at(0.5)}`)).items).toEqual([]);
    expect((await get<{ items: object[] }>(`/capacity?as_of=${at(2)}`)).items).toMatchObject([{ in_service: { nodes: 30 } }]);
    expect((await get<{ items: object[] }>(`/capacity?as_of=${at(6)}`)).items).toMatchObject([{ in_service: { nodes: 31 } }]);
    expect((await get<Page<object>>(`/alerts?as_of=${at(2)}`)).items).toHaveLength(1);
    expect((await get<Page<object>>('/alerts')).items).toEqual([]);
    expect((await operator().get(`/nodes/${nodeOf(3).node}?as_of=${at(-1)}`)).status).toBe(404);
  });

  it('an XID that the maker must look at drains the node', async () => {
    await observe(6, xid(99_999));
    await statusBecomes(6, 'draining');
    expect((await detail(6)).allowed).toEqual(['resume', 'quarantine']);
    await operator().done(`/nodes/${nodeOf(6).node}:resume`);
    await world.service.settled();
    expect(await detail(6)).toMatchObject({ status: 'in_service', open_alerts: [] });
    world.service.advance(plusHours(world.service.now, 1));
    await observe(6, xid(99_999));
    await statusBecomes(6, 'draining');
  });

  it('a node speaks for itself, a gateway for its site, nobody else for either', async () => {
    const report = { node: nodeOf(7).node, observed_at: world.service.now, kind: 'kernel_log', content: 'all is well' };
    const as = (subject: string, role: 'node' | 'operator' = 'node') => world.service.as({ subject, role }).post('/agent/observations', report);
    expect((await as(`node:${nodeOf(7).node}`)).status).toBe(200);
    expect((await as(`gateway:${world.site}`)).status).toBe(200);
    for (const [subject, role] of [[`node:${nodeOf(8).node}`, 'node'], ['gateway:site_01h2xcejqtf2nbrexx3vqjhp41', 'node'], ['olga', 'operator']] as const) {
      const { status, body } = await as(subject, role);
      expect([status, body.code]).toEqual([403, 'permission-denied']);
    }
    const nowhere = await gateway().post('/agent/observations', { ...report, node: 'node_01h2xcejqtf2nbrexx3vqjhp45' });
    expect([nowhere.status, nowhere.body.code]).toEqual([404, 'unknown']);
    const early = await gateway().post('/agent/observations', { ...report, observed_at: plusHours(world.service.now, 1) });
    expect([early.status, early.body.code]).toEqual([422, 'observed-in-the-future']);
    expect((await observe(7, 'hello', 'nvidia_smi_q')).body.code).toBe('capture-not-readable');
  });

  it('a stay that is longer than agreed is told, once', async () => {
    await observe(9, xid(79));
    await statusBecomes(9, 'quarantined');
    await world.service.settled();
    const breaches = async () => (await world.service.service.store.read(nodeOf(9).node)).filter(({ type }) => type === 'NodeSlaBreached');
    world.service.advance(plusHours(world.service.now, 30));
    await eventually(async () => expect(await breaches()).toHaveLength(1));
    world.service.advance(plusHours(world.service.now, 30));
    await world.service.settled();
    expect(await breaches()).toHaveLength(1);
    expect(await detail(9)).toMatchObject({ status: 'quarantined', sla_breached: true });
  });

  it('4 units are in service within 5 s', async () => {
    const begun = performance.now();
    const { id } = await operator().done('/superpods', planOf(world, 'p4', 4));
    await eventually(async () => expect((await get<Page<ShownNode>>(`/nodes?superpod=${id}&status=in_service&page_size=1000`)).items).toHaveLength(127), 20_000);
    const serving = performance.now();
    await world.service.settled();
    const done = performance.now();
    console.info(`127 nodes in service after ${Math.round(serving - begun)} ms, every part and read model after ${Math.round(done - begun)} ms`);
    // Measured: 1.1 to 4.6 s for the whole on two cores that others share; the second limit leaves room for that.
    expect(serving - begun).toBeLessThan(5_000);
    expect(done - begun).toBeLessThan(10_000);
    const { rows } = await world.service.database.pool.query<{ count: number }>(`SELECT count(*)::int FROM part_view WHERE kind <> 'gpu'`);
    expect(rows[0]?.count).toBe(522 + 2094);
  });
});
