import { nodeEvents, type RecordedOf } from '@pioche/contracts';
import { idOf } from '@pioche/kernel';
import { reaction, type ReactionTools } from '@pioche/service-kit';
import { requeueJob } from '../job/job.commands.js';
import { admitNode, cordonNode, sitePlanIdOf, withdrawNode } from '../site-plan/site-plan.commands.js';
import { sitePlan } from '../site-plan/site-plan.js';
import { endAllocations, holdsOf } from './end-allocations.js';
import { bringUpToDate, plansOfSites } from './plans.js';

const NodeId = idOf('node');
type PutInService = Extract<RecordedOf<typeof nodeEvents>, { type: 'NodePutInService' }>;

/** Jobs are placed on the nodes that the inventory has in service; where one is out, its jobs go back to the queue. */
export const replicateNodes = reaction(
  nodeEvents,
  ['NodePutInService', 'NodeDrainStarted', 'NodeQuarantined', 'NodeDecommissioningStarted'],
  async (event, tools) => {
    if (event.type === 'NodePutInService') return admit(event, tools);
    const node = NodeId.parse(event.subject);
    const plan = await planOf(node, tools);
    // It was never in service.
    if (plan === undefined) return;
    const { reason } = event.data;
    if (event.type === 'NodeDrainStarted') return void (await tools.tell(cordonNode, plan, { node, reason, deadline: event.data.deadline }));
    await tools.tell(withdrawNode, plan, { node, reason });
    // Nothing is placed there from here on, so this is all that runs on it.
    const { state } = await tools.load(sitePlan, plan);
    const holds = holdsOf(state, (_, held) => held === node);
    await endAllocations(holds, requeueJob, ({ allocation }) => ({ allocation: NodeAllocation.parse(allocation), reason: `${event.type === 'NodeQuarantined' ? 'node quarantined' : 'node taken out'}: ${reason}` }), tools);
  },
  'replicate-nodes',
);

const NodeAllocation = idOf('allocation');

async function admit({ subject, data }: PutInService, tools: ReactionTools): Promise<void> {
  const { site, name, rack, scalable_unit, country, jurisdiction, certifications, gpus } = data;
  const plan = sitePlanIdOf(site);
  const { state } = await tools.load(sitePlan, plan);
  // The rules come before the first node and are looked at after it: what was adopted in between is not missed.
  if (state.nodes.size === 0) await bringUpToDate(plan, tools);
  await tools.tell(admitNode, plan, {
    node: NodeId.parse(subject), site, name, rack, scalable_unit, country, jurisdiction, certifications,
    gpus: gpus.map(({ id, index, model, rail }) => ({ id, index, model, rail })),
  });
  if (state.nodes.size === 0) await bringUpToDate(plan, tools);
}

async function planOf(node: string, { ask, load }: ReactionTools): Promise<string | undefined> {
  for (const plan of await ask(plansOfSites)) {
    const { state } = await load(sitePlan, plan);
    if (state.nodes.has(node)) return plan;
  }
  return undefined;
}
