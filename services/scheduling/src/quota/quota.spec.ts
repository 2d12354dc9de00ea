import { quotaEvents } from '@pioche/contracts';
import { given } from '@pioche/testing';
import { quota } from './quota.js';
import { changeQuota, quotaIdOf, setQuota } from './quota.commands.js';

const data = quotaEvents.events.QuotaSet.example;
const set = { type: 'QuotaSet', data } as const;

describe('a quota', () => {
  it('is set once, with nothing to borrow unless said', () =>
    given(quota).when(setQuota, { tenant: data.tenant, guaranteed_gpus: 8 }).then({ type: 'QuotaSet', data: { tenant: data.tenant, guaranteed_gpus: 8, borrowable_gpus: 0, weight: 1 } }));

  it('has an id that follows from the tenant', () => {
    expect(setQuota.identify?.(data)).toBe(quotaIdOf(data.tenant));
  });

  it('is not set twice', () => given(quota, [set]).when(setQuota, data).refuses('quota-exists', { tenant: data.tenant }));

  it('is changed', () =>
    given(quota, [set]).when(changeQuota, { guaranteed_gpus: 1, borrowable_gpus: 2, weight: 3 }).then({ type: 'QuotaSet', data: { tenant: data.tenant, guaranteed_gpus: 1, borrowable_gpus: 2, weight: 3 } }));

  it('stays as it is when the change changes nothing', () =>
    given(quota, [set]).when(changeQuota, { guaranteed_gpus: 64, borrowable_gpus: 128, weight: 1 }).then());

  it('is not changed before it is set', () => given(quota).when(changeQuota, { guaranteed_gpus: 1 }).refuses('quota-not-set'));
});
