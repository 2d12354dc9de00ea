import { policyEvents } from '@pioche/contracts';
import { idOf } from '@pioche/kernel';
import { reaction } from '@pioche/service-kit';
import { replicatePolicy, withdrawPolicy } from '../site-plan/site-plan.commands.js';
import { bringAllUpToDate, EVERYWHERE, unless } from './plans.js';

const PolicyId = idOf('policy');

/** Placements are decided by the policies that are in force. */
export const replicatePolicies = reaction(
  policyEvents,
  ['PolicyAdopted', 'PolicySuperseded'],
  async (event, tools) => {
    const policy = PolicyId.parse(event.subject);
    if (event.type === 'PolicySuperseded') await tools.tell(withdrawPolicy, EVERYWHERE, { policy });
    else await tools.tell(replicatePolicy, EVERYWHERE, { policy, policy_version: event.data.policy_version, text: event.data.text }).catch(unless('policy-outdated'));
    await bringAllUpToDate(tools);
  },
  'replicate-policies',
);
