import { sitePlanEvents } from '@pioche/contracts';
import { commandsOf, refuse } from '@pioche/kernel';
import { heldOf } from './occupancy.js';
import { sitePlan, type AdmittedNode, type PlannedNode } from './site-plan.js';

const { command } = commandsOf(sitePlan);
const { events } = sitePlanEvents;
/** A plan begins with the first thing that is known of it. */
const replicated = { may: 'replicate-to-plan', internal: true, upserts: true } as const;

export const admitNode = command({
  ...replicated,
  name: 'admitNode',
  summary: 'Jobs may be placed on the node, with these GPUs; also after a drain or a repair.',
  input: events.NodeAdmitted.data,
  decide(plan, data) {
    if (plan.site !== undefined && plan.site !== data.site) refuse('node-of-another-site', { node: data.node, site: data.site, plan: plan.site });
    const before = plan.nodes.get(data.node);
    if (before !== undefined) {
      const gone = stillHeld(before, data);
      if (gone.length > 0) refuse('node-busy', { node: data.node, gpus: gone });
      if (before.status === 'open' && JSON.stringify(before.node) === JSON.stringify(data)) return [];
    }
    return [{ type: 'NodeAdmitted', data }];
  },
});

export const cordonNode = command({
  ...replicated,
  name: 'cordonNode',
  summary: 'Place nothing new on the node; what runs there goes on until the deadline.',
  input: events.NodeCordoned.data,
  decide(plan, data) {
    const { status } = plan.nodes.get(data.node) ?? refuse('node-unknown', { node: data.node });
    return status === 'open' ? [{ type: 'NodeCordoned', data }] : [];
  },
});

export const withdrawNode = command({
  ...replicated,
  name: 'withdrawNode',
  summary: 'Take the node out; its jobs go on with a spare node, or back to their queues.',
  input: events.NodeWithdrawn.data,
  decide(plan, data) {
    const { status } = plan.nodes.get(data.node) ?? refuse('node-unknown', { node: data.node });
    return status === 'withdrawn' ? [] : [{ type: 'NodeWithdrawn', data }];
  },
});

/** GPUs that are held and that the node would no longer have. */
function stillHeld(before: PlannedNode, after: AdmittedNode): string[] {
  const stays = new Set<string>(after.gpus.map(({ id }) => id));
  return [...heldOf(before)].filter(([gpu, { milli }]) => milli > 0 && !stays.has(gpu)).map(([gpu]) => gpu);
}
