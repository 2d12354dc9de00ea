/** A small world for specs: one tenant, one price list, one allocation. */
import type { PriceVersion, UsageSlice } from '@pioche/contracts';
import { derivedId, type Context } from '@pioche/kernel';
import { accountIdOf } from '../src/account/account.js';
import type { UsageEvent } from '../src/usage/usage.js';

export const TENANT = derivedId('tenant', 'météo');
export const ACCOUNT = accountIdOf(TENANT);
export const PROJECT = derivedId('project', 'kilometre');
export const ALLOCATION = derivedId('allocation', '1');
export const H100 = 'NVIDIA H100 80GB HBM3';

export const metered = { allocation: ALLOCATION, job: derivedId('job', '1'), tenant: TENANT, project: PROJECT, gpu_model: H100, gpu_milli: 8000 };

/** 2.88 €/h until mid-November 2026, then 3.0001 €/h. */
export const prices: readonly PriceVersion[] = [
  { version: 1, effective_from: '2026-01-01T00:00:00.000Z', currency: 'EUR', gpu_prices: [{ gpu_model: H100, nano_per_gpu_second: '800000' }] },
  { version: 2, effective_from: '2026-11-17T12:34:56.789Z', currency: 'EUR', gpu_prices: [{ gpu_model: H100, nano_per_gpu_second: '833361' }] },
];

export const slicesIn = (events: readonly UsageEvent[]): UsageSlice[] =>
  events.filter((event) => event.type === 'UsageRated').map(({ data }) => data);

export const contextAt = (now: string, id = 'stream'): Context => {
  let made = 0;
  return { now, id, actor: 'reaction:spec', newId: (prefix) => derivedId(prefix, id, String((made += 1))) };
};
