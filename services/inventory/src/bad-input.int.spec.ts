import { describeBadInput, type Example } from '@pioche/testing/service';
import { FACTS, openWorld, planOf, type World } from '../test/world.js';
import { healthId } from './health/health.js';
import { plusHours } from './node/life.js';

const GPU = { model: 'NVIDIA H100 80GB HBM3', memory_gib: 80, leaf: 'part_01h2xcejqtf2nbrexx3vqjhp47' };
const place = { rack: 'rack_01h2xcejqtf2nbrexx3vqjhp44', unit: 1 };
const reason = 'XID 79';
const xid = (code: number) => `NVRM: Xid (PCI:0000:1b:00): ${code}, pid=1\n`;

describe('the inventory refuses', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world?.service.stop());

  let made = 0;
  const operator = () => world.service.as('operator');
  const order = () => ({ site: world.site, name: `n${(made += 1)}`, model: 'DGX H100', scalable_unit: 1, rank: 0, ...FACTS });
  const gpus = () => Array.from({ length: 8 }, (_, index) => ({ index, serial: `S${(made += 1)}`, rail: index, ...GPU }));
  const tomorrow = () => plusHours(world.service.now, 24);

  /** What leads to a status, one after another: command → body. */
  const WAY = {
    receive: () => ({ serial: `N${(made += 1)}` }),
    rack: () => place,
    startCommissioning: () => ({ gpus: gpus() }),
    startBurnIn: () => ({ hours: 0 }),
    putInService: () => ({}),
    quarantine: () => ({ reason }),
    startRepair: () => ({}),
    openRma: () => ({ rma: 'RMA-1', reason }),
    shipRma: () => ({ tracking: '1Z999' }),
  };
  type Step = keyof typeof WAY | 'drain' | 'decommission';
  const bodies = { ...WAY, drain: () => ({ reason, deadline: tomorrow() }), decommission: () => ({ reason }) };
  const nodeAfter = async (...steps: Step[]): Promise<string> => {
    const { id } = await operator().done('/nodes', order());
    for (const step of steps) await operator().done(`/nodes/${id}:${step}`, bodies[step]());
    await world.service.settled();
    return id;
  };
  /** @param last the last command on the way there */
  const through = (last: keyof typeof WAY): Step[] => {
    const steps = Object.keys(WAY) as (keyof typeof WAY)[];
    return steps.slice(0, steps.indexOf(last) + 1);
  };
  const onNode = (steps: Step[], body: object) => async (): Promise<Example> => ({ params: { id: await nodeAfter(...steps) }, body });
  const onHealth = async (body: object): Promise<Example> => ({ params: { id: healthId(await nodeAfter(...through('putInService'))) }, body });
  const part = async (): Promise<string> => (await operator().done('/parts', { kind: 'gpu', model: GPU.model, serial: `P${(made += 1)}` })).id;
  const slot = { host: 'node_01h2xcejqtf2nbrexx3vqjhp45', slot: 'GPU_SXM_1' };

  describeBadInput(() => world.service, {
    '/sites': { body: { name: 'Saclay', operator: 'Pioche SAS', ...FACTS } },
    '/sites/{id}:addHall': async () => ({ params: { id: world.site }, body: { name: 'B', power_kw: 500 } }),
    '/superpods': async () => ({ body: planOf(world, 'p1', 1) }),
    '/racks': async () => ({ body: { site: world.site, hall: world.hall, name: 'r1', units: 48, max_kw: 40.8 } }),
    '/nodes': async () => ({ body: order() }),
    '/nodes/{id}:receive': onNode([], { serial: 'DGX-1' }),
    '/nodes/{id}:rack': onNode(['receive'], place),
    '/nodes/{id}:startCommissioning': async () => onNode(through('rack'), { gpus: gpus() })(),
    '/nodes/{id}:startBurnIn': onNode(through('startCommissioning'), { hours: 72 }),
    '/nodes/{id}:putInService': onNode(through('startBurnIn'), {}),
    '/nodes/{id}:drain': async () => onNode(through('putInService'), { reason, deadline: tomorrow() })(),
    '/nodes/{id}:resume': onNode([...through('putInService'), 'drain'], {}),
    '/nodes/{id}:quarantine': onNode(through('putInService'), { reason }),
    '/nodes/{id}:startRepair': onNode(through('quarantine'), {}),
    '/nodes/{id}:openRma': onNode(through('startRepair'), { rma: 'RMA-1', reason }),
    '/nodes/{id}:shipRma': onNode(through('openRma'), { tracking: '1Z999' }),
    '/nodes/{id}:receiveReplacement': onNode(through('shipRma'), { serial: 'DGX-2' }),
    '/nodes/{id}:decommission': onNode(through('quarantine'), { reason: 'end of lease' }),
    '/nodes/{id}:retire': onNode([...through('quarantine'), 'decommission'], { erasure_proof: 'NIST-800-88/1' }),
    '/parts': { body: { kind: 'gpu', model: GPU.model, serial: 'P0' } },
    '/parts/{id}:install': async () => ({ params: { id: await part() }, body: slot }),
    '/parts/{id}:remove': async () => {
      const id = await part();
      await operator().done(`/parts/${id}:install`, slot);
      return { params: { id }, body: { reason: 'row remapping failed' } };
    },
    '/health/{id}:observe': async () => ({
      ...(await onHealth({ source: 'agent', xids: [{ gpu: { index: 0 }, code: 31 }] })),
      as: world.service.as({ subject: 'agent', role: 'node' }),
    }),
    '/health/{id}:ingest': async () => ({ ...(await onHealth({ format: 'kernel_log', text: xid(31) })), other: { format: 'kernel_log', text: xid(43) } }),
    '/health/{id}:closeAlert': async () => {
      const { params, ...rest } = await onHealth({});
      const { events } = await operator().done(`/health/${params?.['id']}:ingest`, { format: 'kernel_log', text: xid(31) });
      return { ...rest, params: params ?? {}, body: { alert: events[0]?.data['alert'], reason: 'looked at' } };
    },
    '/agent/observations': async () => {
      const node = await nodeAfter(...through('putInService'));
      const body = { node, observed_at: world.service.now, kind: 'kernel_log', content: xid(31) };
      return { body, other: { ...body, content: xid(43) }, as: world.service.as({ subject: `node:${node}`, role: 'node' }) };
    },
  });
});
