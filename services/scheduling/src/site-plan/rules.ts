/** What the plan must know of tenants and policies: replicated, so that a placement asks nobody. */
import { sitePlanEvents } from '@pioche/contracts';
import { commandsOf, refuse } from '@pioche/kernel';
import { sitePlan } from './site-plan.js';

const { command } = commandsOf(sitePlan);
const { events } = sitePlanEvents;
/** A plan begins with the first thing that is known of it. */
const replicated = { may: 'replicate-to-plan', internal: true, upserts: true } as const;

export const replicatePolicy = command({
  ...replicated,
  name: 'replicatePolicy',
  summary: 'Decide placements by this text from now on, in place of the former text of the same policy.',
  input: events.PolicyReplicated.data,
  decide(plan, data) {
    const before = plan.policies.get(data.policy)?.policy_version ?? 0;
    if (data.policy_version < before) refuse('policy-outdated', { policy: data.policy, policy_version: before });
    return data.policy_version === before ? [] : [{ type: 'PolicyReplicated', data }];
  },
});

export const withdrawPolicy = command({
  ...replicated,
  name: 'withdrawPolicy',
  summary: 'Decide nothing by this policy any more.',
  input: events.PolicyWithdrawn.data,
  decide: (plan, data) => (plan.policies.has(data.policy) ? [{ type: 'PolicyWithdrawn', data }] : []),
});

export const replicateTenant = command({
  ...replicated,
  name: 'replicateTenant',
  summary: 'Keep what policies ask about the tenant.',
  input: events.TenantReplicated.data,
  decide: (plan, data) => (JSON.stringify(plan.tenants.get(data.tenant)) === JSON.stringify(data) ? [] : [{ type: 'TenantReplicated', data }]),
});

export const barTenant = command({
  ...replicated,
  name: 'barTenant',
  summary: 'Place nothing of the tenant while this switch is off.',
  input: events.TenantBarred.data,
  decide: (plan, data) => (plan.barred.get(data.tenant)?.has(data.switch) ? [] : [{ type: 'TenantBarred', data }]),
});

export const unbarTenant = command({
  ...replicated,
  name: 'unbarTenant',
  summary: 'This switch is on again.',
  input: events.TenantUnbarred.data,
  decide: (plan, data) => (plan.barred.get(data.tenant)?.has(data.switch) ? [{ type: 'TenantUnbarred', data }] : []),
});
