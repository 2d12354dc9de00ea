/** What happens in the world beside jobs, each at its time: failures and repairs, a tenant that turns its service off and on. */
import { plusSeconds, type Instant } from '@pioche/kernel';
import { Refused, type Api, type Done } from './api.js';
import type { Failure } from './failures.js';
import type { Fleet } from './fleet.js';
import { untilQuiet } from './quiet.js';
import { SWITCHED } from './tenants.js';
import type { Cast } from './cast.js';
import type { World, WorldNode } from './world.js';

export interface Action {
  readonly at: Instant;
  readonly what: string;
  run(key: string): Promise<void>;
}

/** Through whom actions act. */
export interface Hands {
  readonly operator: Api;
  readonly gateway: Api;
  readonly cast: Cast;
}

const HOUR = 3600;
/** Hours from a failure until a technician has the node in hand, its burn-in starts, and it serves again. */
const REPAIR = { startRepair: 4, startBurnIn: 10, putInService: 16.5 } as const;
const BURN_IN_HOURS = 6;

/** What a node does not allow just now is not done: the next failure of a node that is out already changes nothing. */
async function ifAllowed(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof Refused && error.status === 409)) throw error;
  });
}

/** PCI bus numbers of the eight GPUs of a DGX H100, as its kernel names them. */
const PCI_BUS = ['1b', '43', '52', '61', '9d', 'c3', 'd1', 'df'] as const;

export function failureActions(all: readonly Failure[], start: Instant, { nodes, site }: World, { gateway, operator }: Hands, fleet: Fleet): Action[] {
  const serves = async (node: WorldNode) => {
    const { items } = await operator.get<{ items: { node: string; status: string }[] }>('scheduling', `/site-plans/${site}/nodes?status=open&page_size=1000`);
    return items.some((one) => one.node === node.id);
  };
  return all.flatMap(({ atS, node: index, gpu, xid, host, cause }) => {
    const node = nodes[index];
    if (!node) return [];
    const at = plusSeconds(start, atS);
    const strike: Action = {
      at,
      what: cause,
      async run(key) {
        if (xid === undefined && !host) return fleet.interrupt(node.gpus[gpu] ?? '', at, cause);
        if (!(await serves(node))) return;
        if (xid !== undefined) {
          const content = `[${at}] NVRM: Xid (PCI:0000:${PCI_BUS[gpu]}:00): ${xid}, pid=1, name=python, ${cause}\n`;
          await gateway.post('inventory', '/agent/observations', key, { node: node.id, observed_at: at, kind: 'kernel_log', content });
        } else await ifAllowed(operator.post('inventory', `/nodes/${node.id}:quarantine`, key, { reason: cause }));
        // What follows from it takes no simulated time: its jobs are out before the next thing happens.
        await untilQuiet(operator);
      },
    };
    if (xid === undefined && !host) return [strike];
    const step = (command: keyof typeof REPAIR | 'quarantine', hours: number, body: object): Action => ({
      at: plusSeconds(at, hours * HOUR),
      what: command,
      run: (key) => ifAllowed(operator.post('inventory', `/nodes/${node.id}:${command}`, key, body)),
    });
    return [
      strike,
      step('quarantine', REPAIR.startRepair, { reason: `repair: ${cause}` }),
      step('startRepair', REPAIR.startRepair, {}),
      step('startBurnIn', REPAIR.startBurnIn, { hours: BURN_IN_HOURS }),
      step('putInService', REPAIR.putInService, {}),
    ];
  });
}

type Requested = Done & { readonly events: readonly { readonly data: { readonly request?: string; readonly statement?: string } }[] };

/** A tenant's own people turn its service off, and hours later on again. */
export function switchActions(offAt: Instant, onAt: Instant, { tenants }: World, { operator, cast }: Hands, say: (line: string) => void): Action[] {
  const tenant = tenants.find(({ key }) => key === SWITCHED);
  if (!tenant) return [];
  const turn = async (direction: 'Off' | 'On', key: string, at: Instant) => {
    const people = await cast.custodian(tenant.id);
    people.now = at;
    const id = await switchOf(operator, tenant.id);
    const asked = await people.post<Requested>('sovereignty', `/switches/${id}:request${direction}`, key, {});
    const petition = asked.events.find(({ data }) => data.statement !== undefined)?.data;
    for (const person of tenant.people.slice(0, tenant.quorum)) {
      const signature = person.sign(petition?.statement ?? '');
      await people.post('sovereignty', `/switches/${id}:approve`, `${key}-${person.id}`, { request: petition?.request, custodian: person.id, signature });
    }
    // Here too: by then scheduling has barred the tenant and ordered the fence.
    await untilQuiet(operator);
    say(`${tenant.name} has switched its service ${direction.toLowerCase()}`);
  };
  return [
    { at: offAt, what: 'switch off', run: (key) => turn('Off', key, offAt) },
    { at: onAt, what: 'switch on', run: (key) => turn('On', key, onAt) },
  ];
}

async function switchOf(operator: Api, tenant: string): Promise<string> {
  const { items } = await operator.get<{ items: { switch: string }[] }>('sovereignty', `/switches?tenant=${tenant}`);
  return items[0]?.switch ?? '';
}
