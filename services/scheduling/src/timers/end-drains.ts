import { idOf } from '@pioche/kernel';
import { timer } from '@pioche/service-kit';
import { requeueJob } from '../job/job.commands.js';
import { endAllocations, holdsOf } from '../reactions/end-allocations.js';
import { plansOfSites } from '../reactions/plans.js';
import { sitePlan } from '../site-plan/site-plan.js';

const EVERY_S = 300;
const AllocationId = idOf('allocation');

/** What still runs on a drained node at its deadline goes back to the queue. */
export const endDrains = timer('end-drains', { every: EVERY_S }, async (now, tools) => {
  for (const id of await tools.ask(plansOfSites)) {
    const { state } = await tools.load(sitePlan, id);
    const over = new Set([...state.nodes].filter(([, { status, deadline }]) => status === 'cordoned' && deadline !== undefined && deadline <= now).map(([node]) => node));
    if (over.size === 0) continue;
    await endAllocations(holdsOf(state, (_, node) => over.has(node)), requeueJob, ({ allocation }) => ({ allocation: AllocationId.parse(allocation), reason: 'deadline of the drain' }), tools);
  }
});
