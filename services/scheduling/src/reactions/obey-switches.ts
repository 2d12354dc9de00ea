import { switchEvents, type RecordedOf } from '@pioche/contracts';
import { idOf } from '@pioche/kernel';
import { reaction, type ReactionTools } from '@pioche/service-kit';
import { fenceIdOf, orderFence } from '../fence/fence.commands.js';
import { fenceJob } from '../job/job.commands.js';
import { barTenant, unbarTenant } from '../site-plan/site-plan.commands.js';
import { sitePlan } from '../site-plan/site-plan.js';
import { endAllocations, holdsOf } from './end-allocations.js';
import { bringAllUpToDate, EVERYWHERE, unless } from './plans.js';

const SwitchId = idOf('switch');
const NodeId = idOf('node');
type Moved = Extract<RecordedOf<typeof switchEvents>, { type: 'TenantSwitchedOff' | 'TenantSwitchedOn' }>;

/** A tenant that is switched off is placed nowhere, and every node stops what it runs of it and says so. */
export const obeySwitches = reaction(
  switchEvents,
  ['TenantSwitchedOff', 'TenantSwitchedOn'],
  async (event, tools) => {
    const bar = { tenant: event.data.tenant, switch: SwitchId.parse(event.subject) };
    await tools.tell(event.type === 'TenantSwitchedOff' ? barTenant : unbarTenant, EVERYWHERE, bar);
    const plans = await bringAllUpToDate(tools);
    if (event.type === 'TenantSwitchedOff') await fence(event, plans, tools);
  },
  'obey-switches',
);

/** Nothing of the tenant is placed any more, so what the plans hold now is all that runs. */
async function fence({ subject, data: { tenant, request } }: Moved, plans: readonly string[], tools: ReactionTools): Promise<void> {
  const by = SwitchId.parse(subject);
  const states = await Promise.all(plans.map(async (plan) => (await tools.load(sitePlan, plan)).state));
  const nodes = states.flatMap((plan) => [...plan.nodes].filter(([, { status }]) => status !== 'withdrawn').map(([node]) => NodeId.parse(node)));
  await tools.tell(orderFence, fenceIdOf(request), { switch: by, request, tenant, nodes }).catch(unless('already-exists', 'fence-exists'));
  await endAllocations(states.flatMap((plan) => holdsOf(plan, (hold) => hold.tenant === tenant)), fenceJob, () => ({ switch: by }), tools);
}
