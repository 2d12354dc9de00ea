/** Billing at work for a test: scheduling’s log beside it, and helpers that say what happened there. */
import type { AllocationEnd } from '@pioche/contracts';
import { derivedId, type Instant } from '@pioche/kernel';
import { startForTest, type ServiceUnderTest } from '@pioche/testing/service';
import { BillingModule } from '../src/billing.module.js';
import { PRICE_LIST } from '../src/price-book/price-book.js';
import { H100 } from './fixtures.js';

export interface Stay {
  readonly tenant: string;
  readonly project?: string;
  readonly opened: Instant;
  readonly closed?: Instant;
  readonly gpu_milli?: number;
  readonly gpu_model?: string;
  /** Of which it is a stay; each its own when absent. */
  readonly job?: string;
  readonly reason?: AllocationEnd;
}

export const startBilling = (now: Instant): Promise<ServiceUnderTest> => startForTest(BillingModule, { logs: ['scheduling'], now });
export type Billing = ServiceUnderTest;

const data = (name: string, { tenant, project, opened, gpu_milli = 8000, gpu_model = H100, job = name }: Stay) => ({
  allocation: derivedId('allocation', name),
  job: derivedId('job', job),
  tenant,
  ...(project === undefined ? {} : { project }),
  opened_at: opened,
  gpu_model,
  gpu_milli,
});

const placement = { site: derivedId('site', '1'), placements: [{ node: derivedId('node', '1'), gpus: [derivedId('gpu', '1')] }] };

export const allocationOpened = async (billing: Billing, name: string, stay: Stay): Promise<void> =>
  billing.happened('scheduling', derivedId('job', stay.job ?? name), [{ type: 'AllocationOpened', data: { ...data(name, stay), ...placement } }], { time: stay.opened, tenant: stay.tenant });

export const allocationClosed = async (billing: Billing, name: string, stay: Stay & { readonly closed: Instant }): Promise<void> =>
  billing.happened('scheduling', derivedId('job', stay.job ?? name), [{ type: 'AllocationClosed', data: { ...data(name, stay), reason: stay.reason ?? 'succeeded' } }], { time: stay.closed, tenant: stay.tenant });

/** Something of scheduling that billing only reads the time of. */
export const timePassed = async (billing: Billing, time: Instant): Promise<void> =>
  billing.happened('scheduling', derivedId('job', 'any'), [{ type: 'JobCancelled', data: {} }], { time });

export async function publishPrice(billing: Billing, nano: string, from: Instant): Promise<void> {
  await billing.as('operator').done(`/price-books/${PRICE_LIST}:publish`, { effective_from: from, gpu_prices: [{ gpu_model: H100, nano_per_gpu_second: nano }] });
}

/** @returns the account’s id */
export async function openAccount(billing: Billing, tenant: string, details: { name: string; country: string; vat_id?: string }): Promise<string> {
  return (await billing.as('operator').done('/accounts', { tenant, ...details, contract: { stop_at_budget: true } })).id;
}
