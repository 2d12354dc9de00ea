/** The people of the hall: nodes are drained, fail, are repaired and come back; parts, racks and halls come in. */
import { plusSeconds } from '@pioche/kernel';
import type { Ask } from '../../history/records.js';
import { between, one, OPERATIONS, type Deed, type Doer, type Drawing } from '../deed.js';

type Status = 'in_service' | 'draining' | 'quarantined' | 'under_repair' | 'burn_in';
interface Step {
  readonly route: string;
  readonly next: Status;
  readonly body: (drawing: Drawing) => object;
}

const DRAIN_S = 12 * 3600;
const PCI_BUS = ['1b', '43', '52', '61', '9d', 'c3', 'd1', 'df'] as const;
/** "GPU has fallen off the bus": its node is quarantined by what follows from it. */
const XID = 79;
/** No more are out at once. */
const MOST_OUT = 6;

const step = (command: string, next: Status, body: Step['body'] = () => ({})): Step => ({ route: `/nodes/{id}:${command}`, next, body });
const QUARANTINE = step('quarantine', 'quarantined', () => ({ reason: 'a fan is loud' }));

/** What is done to a node that is thought to be so. */
const STEPS: Readonly<Record<Status, readonly (readonly [Step, number])[]>> = {
  in_service: [[step('drain', 'draining', ({ time }) => ({ reason: 'maintenance', deadline: plusSeconds(time.now, DRAIN_S) })), 3], [QUARANTINE, 1]],
  draining: [[step('resume', 'in_service'), 3], [QUARANTINE, 1]],
  quarantined: [[step('startRepair', 'under_repair'), 1]],
  under_repair: [[step('startBurnIn', 'burn_in', () => ({ hours: 1 })), 1]],
  burn_in: [[step('putInService', 'in_service'), 1]],
};

export class Nodes {
  /** As they would be if all that was asked had been done. */
  private readonly out = new Map<string, Status>();

  readonly doers: readonly Doer[] = [
    { weight: 12, do: (drawing) => ({ ask: this.move(drawing) }) },
    { weight: 2, do: (drawing) => this.observe(drawing) },
    { weight: 3, do: (drawing) => ({ ask: register(drawing) }) },
    { weight: 1, do: (drawing) => ({ ask: addHall(drawing) }) },
  ];

  private move(drawing: Drawing): Ask {
    const { random, world } = drawing;
    const again = this.out.size > 0 && (this.out.size >= MOST_OUT || random.uniform() < 0.7);
    const node = again ? one(random, [...this.out.keys()]) : one(random, world.nodes).id;
    const { route, next, body } = random.pick(STEPS[this.out.get(node) ?? 'in_service']);
    this.now(node, next);
    return { kind: 'command', by: OPERATIONS, context: 'inventory', route, target: node, key: drawing.key(), body: body(drawing) };
  }

  private observe({ random, world, time, key }: Drawing): Deed {
    const node = one(random, world.nodes).id;
    const bus = one(random, PCI_BUS);
    this.now(node, 'quarantined');
    const content = `[${time.now}] NVRM: Xid (PCI:0000:${bus}:00): ${XID}, pid=1, name=python, GPU has fallen off the bus.\n`;
    return { ask: { kind: 'action', by: { subject: `gateway:${world.site}` }, context: 'inventory', route: '/agent/observations', key: key(), body: { node, observed_at: time.now, kind: 'kernel_log', content } } };
  }

  private now(node: string, status: Status): void {
    if (status === 'in_service') this.out.delete(node);
    else this.out.set(node, status);
  }
}

const register = ({ key, random }: Drawing): Ask => ({
  kind: 'command', by: OPERATIONS, context: 'inventory', route: '/parts', key: key(),
  body: { kind: one(random, ['psu', 'disk', 'nic']), model: 'spare', serial: `spare-${between(random, 1, 400)}` },
});

const addHall = ({ world, key, random }: Drawing): Ask => ({
  kind: 'command', by: OPERATIONS, context: 'inventory', route: '/sites/{id}:addHall', target: world.site, key: key(),
  body: { name: `Hall ${between(random, 1, 60)}`, power_kw: 500 },
});
