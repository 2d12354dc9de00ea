import { nodeEvents, type RecordedOf } from '@pioche/contracts';
import { idOf } from '@pioche/kernel';
import { reaction, type ReactionTools } from '@pioche/service-kit';
import { admitNode, cordonNode, sitePlanIdOf, withdrawNode } from '../site-plan/site-plan.commands.js';
import { sitePlan } from '../site-plan/site-plan.js';
import { bringUpToDate, plansOfSites } from './plans.js';

const NodeId = idOf('node');
type PutInService = Extract<RecordedOf<typeof nodeEvents>, { type: 'NodePutInService' }>;

/** Jobs are placed on the nodes that the inventory has in service. What becomes of those on one that is out, the engine decides. */
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
    if (event.type === 'NodeDrainStarted') await tools.tell(cordonNode, plan, { node, reason, deadline: event.data.deadline });
    else await tools.tell(withdrawNode, plan, { node, reason });
  },
  'replicate-nodes',
);

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
