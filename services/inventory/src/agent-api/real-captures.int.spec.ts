/** Captures of real machines, sent as an agent would. They are not part of this repository; without them this is skipped. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { commissioned, openWorld, type Page, type ShownNode, type World } from '../../test/world.js';

const hardware = resolve(import.meta.dirname, '../../../../../shared/data/hardware');
const present = existsSync(hardware);
if (!present) console.warn(`no captures in ${hardware}: their tests are skipped`);
const onCaptures = present ? describe : describe.skip;

const text = (file: string): string => readFileSync(join(hardware, file), 'utf8');
const filesIn = (folder: string, ending: string): string[] =>
  present ? readdirSync(join(hardware, folder)).filter((name) => name.endsWith(ending)).map((name) => join(folder, name)) : [];

onCaptures('captures of real machines, sent by an agent', () => {
  let world: World;
  let nodes: readonly ShownNode[];
  beforeAll(async () => {
    world = await openWorld();
    const superpod = await commissioned(world, 'p1', 1);
    nodes = (await world.service.as('operator').get<Page<ShownNode>>(`/nodes?superpod=${superpod}`)).body.items;
  });
  afterAll(() => world?.service.stop());

  const send = (at: number, kind: string, content: string) =>
    world.service.as({ subject: `gateway:${world.site}`, role: 'node' }).post<{ opened: object[]; closed: object[] }>('/agent/observations', { node: nodes[at]?.node, observed_at: world.service.now, kind, content });
  const statusOf = async (at: number) => {
    await world.service.settled();
    return (await world.service.as('operator').get<ShownNode>(`/nodes/${nodes[at]?.node}`)).body.status;
  };

  it.each([
    ...filesIn('h100', '01.txt').flatMap((file) => [['nvidia_smi_q', file], ['query_gpu_csv', file]] as const),
    ...filesIn('h100', '.metrics').map((file) => ['dcgm', file] as const),
  ])('%s of %s: nothing is wrong', async (kind, file) => {
    expect(await send(0, kind, text(file))).toMatchObject({ status: 200, body: { opened: [], closed: [] } });
    expect(await statusOf(0)).toBe('in_service');
  });

  it('a Redfish tree: nothing is wrong', async () => {
    const tree = filesIn('redfish', '.json').map((file): unknown => JSON.parse(text(file)));
    expect(await send(1, 'redfish', JSON.stringify(tree))).toMatchObject({ status: 200, body: { opened: [], closed: [] } });
  });

  it('a kernel log with XID 119 takes the node out, once', async () => {
    const log = text('xid/dmesg-with-xid-119.log');
    expect((await send(2, 'kernel_log', log)).body.opened).toContainEqual(expect.objectContaining({ code: 'xid_119', named: '1650124014249' }));
    expect((await send(2, 'kernel_log', log)).body.opened).toEqual([]);
    expect(['quarantined', 'draining']).toContain(await statusOf(2));
  });
});
