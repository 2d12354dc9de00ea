import { quotaEvents } from '@pioche/contracts';
import { commandsOf, derivedId, refuse, type Id } from '@pioche/kernel';
import { quota } from './quota.js';

const { command } = commandsOf(quota);
export const quotaInput = quotaEvents.events.QuotaSet.data.extend({
  borrowable_gpus: quotaEvents.events.QuotaSet.data.shape.borrowable_gpus.default(0),
  weight: quotaEvents.events.QuotaSet.data.shape.weight.default(1),
});

/** The same id for the same tenant, so that a tenant has one quota. */
export const quotaIdOf = (tenant: string): Id<'quota'> => derivedId('quota', tenant);

export const setQuota = command({
  name: 'set',
  summary: 'Give a tenant its first quota: GPUs that are kept for it, and GPUs that it may borrow while they are free.',
  may: 'operate-scheduling',
  creates: true,
  input: quotaInput,
  identify: ({ tenant }) => quotaIdOf(tenant),
  decide(state, { tenant, guaranteed_gpus, borrowable_gpus, weight }) {
    if (state.status === 'set') refuse('quota-exists', { tenant: state.tenant });
    return [{ type: 'QuotaSet', data: { tenant, guaranteed_gpus, borrowable_gpus, weight } }];
  },
});

export const changeQuota = command({
  name: 'change',
  summary: 'Change the quota. What runs already goes on, also above the new one.',
  may: 'operate-scheduling',
  input: quotaInput.omit({ tenant: true }),
  decide(state, { guaranteed_gpus, borrowable_gpus, weight }) {
    if (state.status === 'unset') refuse('quota-not-set');
    const same = guaranteed_gpus === state.guaranteed && borrowable_gpus === state.borrowable && weight === state.weight;
    return same ? [] : [{ type: 'QuotaSet', data: { tenant: state.tenant as Id<'tenant'>, guaranteed_gpus, borrowable_gpus, weight } }];
  },
});

export const quotaCommands = [setQuota, changeQuota];
